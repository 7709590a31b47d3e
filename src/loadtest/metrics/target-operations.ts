import type { FailureKind } from '../../protocols/shared/load-client.ts';

/**
 * How many operations ended, and failed, as far as they say something of the target: without those
 * that failed because the generator's own machine could not open a connection. Every rate is a share
 * of these.
 */
export function targetOperations(
  { total, failed }: { readonly total: number; readonly failed: number },
  { generator = 0 }: Readonly<Partial<Record<FailureKind, number>>>,
): { readonly total: number; readonly failed: number } {
  return { total: total - generator, failed: failed - generator };
}

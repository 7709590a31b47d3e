import type { Cache } from '../../cache/index.ts';
import { messageOf } from '../../core/index.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Says why the server should be sent no requests; `undefined`: it should be. */
export type Readiness = () => Promise<string | undefined>;

/**
 * What all health checks answer, whatever protocol asks: the server is not about to stop, writes do
 * not fail, and the store answers. Checks that come at once ask the store once.
 */
export function createReadiness(cache: Pick<Cache, 'usage'>, lifecycle: Lifecycle): Readiness {
  let asked: Promise<string | undefined> | undefined;
  const askStore = async (): Promise<string | undefined> => {
    try {
      await cache.usage();
      return undefined;
    } catch (error) {
      return `the store does not answer: ${messageOf(error)}`;
    } finally {
      asked = undefined;
    }
  };
  return async () => {
    const known = (): string | undefined => lifecycle.stopping ?? lifecycle.writesFail;
    if (known() !== undefined) return known();
    asked ??= askStore();
    const answer = await asked;
    // The end of the server may have been announced meanwhile.
    return known() ?? answer;
  };
}

import type { ClientStream } from './grpc-client.ts';

/**
 * Waits until a call has room for another message, or has its answer: a server that refuses a call
 * reads no further. @throws what the call failed with.
 */
export async function roomOrAnswer<I, O>({ call, answer }: ClientStream<I, O>): Promise<void> {
  await Promise.race([new Promise((resolve) => call.once('drain', resolve)), answer]);
}

// The faulty cache's own process, started and controlled over IPC by start-faulty-cache.ts.
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Fault, FaultyCacheCounts } from './faults.ts';
import { FaultyCacheServer } from './serve.ts';

/** What the parent asks. */
export type Request =
  | {
      readonly ask: 'start';
      readonly faults: readonly Fault[];
      readonly seed: number;
      /** Where the counts go when the process kills itself: no message would get through. */
      readonly lastCountsPath: string;
    }
  | { readonly ask: 'counts' };

/** What the child answers, one for each request. */
export type Reply =
  | { readonly reply: 'listening'; readonly port: number }
  | { readonly reply: 'counts'; readonly counts: FaultyCacheCounts };

let server: FaultyCacheServer | undefined;

process.on('message', (request: Request) => {
  if (request.ask === 'start') start(request);
  else if (server !== undefined) send({ reply: 'counts', counts: server.counts() });
});
// The parent went away, by whatever death: nobody is left to serve.
process.on('disconnect', () => process.exit());

function start(request: Request & { ask: 'start' }): void {
  const started = new FaultyCacheServer({
    faults: request.faults,
    seed: request.seed,
    beforeDeath: (counts) => writeFileSync(request.lastCountsPath, JSON.stringify(counts)),
  });
  server = started;
  started.http.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
    send({ reply: 'listening', port: (started.http.address() as AddressInfo).port });
  });
}

function send(reply: Reply): void {
  process.send?.(reply);
}

// The entry of a cache's own process; started by `own-process.ts`, never by hand.

import { messageOf } from '../core/index.ts';
import { CacheStartError } from './cache-options.ts';
import type { FromCacheProcess } from './own-process.ts';
import { type ServeOptions, serve } from './serve.ts';

const tell = (said: FromCacheProcess): void => {
  if (process.connected) process.send?.(said);
};

// A terminal's Ctrl-C reaches every process of the group; the one that started this one decides.
process.on('SIGINT', () => undefined);
const gone = new Promise<void>((resolve) => process.once('disconnect', resolve));

process.once('message', (options: ServeOptions) => {
  serve(options).then(
    async ({ close, ...served }) => {
      tell({ kind: 'listening', ...served });
      await gone;
      await close();
      process.exit();
    },
    (error: unknown) => {
      const code = error instanceof CacheStartError ? error.code : 'not_started';
      tell({ kind: 'failed', code, message: messageOf(error) });
    },
  );
});

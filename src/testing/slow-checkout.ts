import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programPath } from './program.ts';

/**
 * Makes a directory that looks like a checkout whose server burns `busyUs` of CPU for each piece
 * that it reads from a connection, as a careless change would; all else is this memobuild's.
 * @param program the `bin/memobuild.js` that is slowed. Default: this repository's.
 */
export async function makeSlowCheckout(
  dir: string,
  options: { readonly busyUs: number; readonly program?: string },
): Promise<void> {
  const slow = join(dir, 'slow.mjs');
  await mkdir(join(dir, 'bin'), { recursive: true });
  await writeFile(slow, slowModule(options.busyUs));
  // Worker processes of the server get it through NODE_OPTIONS; this process by the import.
  await writeFile(
    join(dir, 'bin', 'memobuild.js'),
    `process.env.NODE_OPTIONS = \`\${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(slow).href}\`;
await import(${JSON.stringify(pathToFileURL(slow).href)});
await import(${JSON.stringify(pathToFileURL(options.program ?? programPath).href)});
`,
  );
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }\n');
}

function slowModule(busyUs: number): string {
  return `import { Socket } from 'node:net';

const { on } = Socket.prototype;
if (globalThis.memobuildSlowed === undefined) {
  globalThis.memobuildSlowed = true;
  Socket.prototype.on = Socket.prototype.addListener = function (event, listener) {
    // Only connections that a server accepted: what it asks of others stays as fast as it was.
    if (event !== 'data' || this.server == null) return on.call(this, event, listener);
    const slowed = function (chunk) {
      const end = performance.now() + ${busyUs / 1000};
      while (performance.now() < end);
      listener.call(this, chunk);
    };
    // So that removeListener finds it, as it finds what once() wraps.
    slowed.listener = listener;
    return on.call(this, event, slowed);
  };
}
`;
}

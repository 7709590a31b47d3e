import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { boundEnvironment } from '../testing/bound-environment.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { checkOutputWritable, writeOutputFile } from './output-file.ts';

/** A named pipe. */
function pipeIn(dir: string): string {
  const path = join(dir, 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

const big = 'x'.repeat(1_000_000);

test('a pipe that nobody reads ends the write after the named time', async (t) => {
  const path = pipeIn(await tempDir(t));
  await checkOutputWritable(path);
  await assert.rejects(
    writeOutputFile(path, 'text', { readerWaitMs: 100 }),
    /it is a pipe that nobody has read for 0\.1 s/,
  );
  assert.ok((await lstat(path)).isFIFO());
});

test('a signal ends the wait for a reader', async (t) => {
  const path = pipeIn(await tempDir(t));
  const controller = new AbortController();
  const writing = writeOutputFile(path, 'text', { signal: controller.signal });
  controller.abort();
  await assert.rejects(writing, /interrupted while it waited/);
});

test('a reader that comes late and is slow gets all of it, and the check does not end it', async (t) => {
  const path = pipeIn(await tempDir(t));
  const early = spawn('cat', [path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: boundEnvironment(),
  });
  const read = text(early.stdout);
  await checkOutputWritable(path);
  await writeOutputFile(path, big);
  assert.equal(await read, big);

  const writing = writeOutputFile(path, big);
  const late = spawn('sh', ['-c', 'sleep 0.2; { head -c 100000; sleep 0.2; cat; } < "$0"', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: boundEnvironment(),
  });
  assert.equal(await text(late.stdout), big);
  await writing;
  assert.ok((await lstat(path)).isFIFO());
});

test('a reader that stops reading ends the write', async (t) => {
  const path = pipeIn(await tempDir(t));
  const idle = openSync(path, 'r+');
  t.after(() => closeSync(idle));
  await assert.rejects(writeOutputFile(path, big, { readerWaitMs: 100 }), /nobody has read for/);
});

test('links stay links, whether what they lead to exists or not', async (t) => {
  const dir = await tempDir(t);
  await symlink('second', join(dir, 'first'));
  await symlink(join(dir, 'file'), join(dir, 'second'));
  for (const content of ['new', 'newer']) {
    await checkOutputWritable(join(dir, 'first'));
    await writeOutputFile(join(dir, 'first'), content);
    assert.equal(await readFile(join(dir, 'file'), 'utf8'), content);
  }
  assert.deepEqual((await readdir(dir)).sort(), ['file', 'first', 'second']);
  for (const name of ['first', 'second']) {
    assert.ok((await lstat(join(dir, name))).isSymbolicLink(), name);
  }
  await symlink('/dev/null', join(dir, 'device'));
  await writeOutputFile(join(dir, 'device'), 'text');
  assert.ok((await lstat(join(dir, 'device'))).isSymbolicLink());
  await symlink('circle', join(dir, 'circle'));
  await assert.rejects(writeOutputFile(join(dir, 'circle'), 'text'), /too many links|ELOOP/);
  await assert.rejects(writeOutputFile(dir, 'text'), /it is a directory/);
});

/** A program that writes to two paths between lines of its own. */
function writer(first: string, second: string): string {
  const module = pathToFileURL(join(import.meta.dirname, 'output-file.ts')).href;
  return `const { writeOutputFile, checkOutputWritable } = await import(${JSON.stringify(module)});
process.stdout.write('before\\n');
await checkOutputWritable(${JSON.stringify(first)});
await writeOutputFile(${JSON.stringify(first)}, 'content\\n');
process.stdout.write('after\\n');
await writeOutputFile(${JSON.stringify(second)}, 'more\\n');`;
}

test('a descriptor of the process is written to in order, be it a pipe or a file', async (t) => {
  const dir = await tempDir(t);
  const link = join(dir, 'link');
  await symlink('/dev/stdout', link);
  const file = join(dir, 'file');
  await writeFile(file, 'kept\n');
  const third = openSync(file, 'a');
  const run = (program: string, stdout: 'pipe' | number) =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', stdout, 'inherit', third],
      env: boundEnvironment(),
    });
  const piped = run(writer(link, '/dev/fd/3'), 'pipe');
  assert.equal(await text(piped.stdout!), 'before\ncontent\nafter\n');
  assert.equal(await readFile(file, 'utf8'), 'kept\nmore\n');

  const out = openSync(join(dir, 'out'), 'w');
  const [code] = (await once(run(writer('/dev/stdout', link), out), 'exit')) as [number | null];
  closeSync(out);
  closeSync(third);
  assert.equal(code, 0);
  assert.equal(await readFile(join(dir, 'out'), 'utf8'), 'before\ncontent\nafter\nmore\n');
  for (const path of [link, '/dev/stdout']) assert.ok((await lstat(path)).isSymbolicLink(), path);
});

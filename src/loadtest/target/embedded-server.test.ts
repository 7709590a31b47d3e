import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { type TestContext, test } from 'node:test';
import { boundEnvironment } from '../../testing/bound-environment.ts';
import { OutputLines } from '../../testing/output-lines.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { LoadTestError } from '../errors.ts';
import { startEmbeddedServer } from './embedded-server.ts';

/** Temporary stores go to a directory of the test's own, to be counted there. */
async function ownTmp(t: TestContext): Promise<string> {
  const dir = await tempDir(t);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = dir;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  return dir;
}

function storesIn(tmp: string): string[] {
  return readdirSync(tmp).filter((name) => name.startsWith('memobuild-loadtest-'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(what);
}

test('it answers while it runs, and nothing of it is left afterwards', async (t) => {
  const tmp = await ownTmp(t);
  const signals = process.listenerCount('SIGTERM');
  const server = await startEmbeddedServer({ serveArgs: [] });
  const status = await new Promise((resolve, reject) => {
    get(`${server.url}/healthz`, ({ statusCode }) => resolve(statusCode)).on('error', reject);
  });
  assert.equal(status, 200);
  assert.equal(storesIn(tmp).length, 1);
  await server.stop();
  assert.equal(isAlive(server.pid!), false);
  assert.deepEqual(storesIn(tmp), []);
  assert.equal(process.listenerCount('SIGTERM'), signals);
  await server.stop();
});

test('one that cannot start ends with 3 and its message', async (t) => {
  const tmp = await ownTmp(t);
  await assert.rejects(
    startEmbeddedServer({ serveArgs: ['--max-size', 'much'] }),
    (error: unknown) => {
      assert.ok(error instanceof LoadTestError);
      assert.equal(error.code, 'no_target');
      assert.match(error.message, /ended \(2\) before it listened/);
      assert.match(error.message, /max-?size/i);
      return true;
    },
  );
  assert.deepEqual(storesIn(tmp), []);
});

test('an interrupt before it listens ends it', async (t) => {
  const tmp = await ownTmp(t);
  const starting = startEmbeddedServer({ serveArgs: [], signal: AbortSignal.timeout(20) });
  await assert.rejects(starting, { code: 'interrupted' });
  assert.deepEqual(storesIn(tmp), []);
});

test("settings in the environment are the user's own server's", async (t) => {
  process.env.MEMOBUILD_MAX_SIZE = 'much';
  t.after(() => delete process.env.MEMOBUILD_MAX_SIZE);
  const server = await startEmbeddedServer({ serveArgs: [] });
  await server.stop();
  assert.match(server.url, /^http:/);
});

const endings: readonly { name: string; end: (owner: ChildProcess) => void }[] = [
  { name: 'exits', end: (owner) => owner.stdin!.write('exit\n') },
  { name: 'fails', end: (owner) => owner.stdin!.write('throw\n') },
  { name: 'gets SIGINT', end: (owner) => owner.kill('SIGINT') },
  { name: 'gets SIGTERM', end: (owner) => owner.kill('SIGTERM') },
];
for (const { name, end } of endings) {
  test(`nothing is left when the process that started it ${name}`, async (t) => {
    const tmp = await ownTmp(t);
    const module = new URL('./embedded-server.ts', import.meta.url).href;
    const program = `
      const { startEmbeddedServer } = await import('${module}');
      const { pid } = await startEmbeddedServer({ serveArgs: [] });
      process.stdout.write(pid + '\\n');
      process.stdin.on('data', (what) => {
        if (String(what) === 'exit\\n') process.exit(0);
        throw new Error('thrown on purpose');
      });`;
    const owner = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program],
      { env: boundEnvironment(), stdio: ['pipe', 'pipe', 'ignore'] },
    );
    t.after(() => owner.kill('SIGKILL'));
    const [pid] = await new OutputLines(owner.stdout).first(/^\d+$/);
    assert.ok(isAlive(Number(pid)));
    end(owner);
    await once(owner, 'exit');
    await until(() => !isAlive(Number(pid)), 'the server lives on');
    assert.deepEqual(storesIn(tmp), []);
  });
}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { mkdtemp, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../src/testing/temp-dir.ts';
import type { BuildTool } from './build-tool.ts';
import { damageFiles } from './cache-server.ts';
import { assertBuilt, assertEnded, build, setUp, whenRunning } from './round-trip.ts';

/** Each way in which a cache can refuse or fail; the build must end with exit code 0 in all of them. */
export function testFaultMatrix(tool: BuildTool): void {
  for (const [fault, run] of Object.entries(faults)) {
    const skip = tool.missing();
    test(`${tool.name}: builds with ${fault}`, { ...(skip === undefined ? {} : { skip }) }, (t) =>
      run(t, tool),
    );
  }
}

/**
 * An artifact so large that the server does not read all of it before it refuses: the tool learns
 * while it still sends, and must not take the end of the connection for a failure.
 * @param says what the tool prints of the refusal, where it prints something.
 */
export function testLargeRefusal(
  tool: BuildTool,
  { sizeBytes = 60_000_000, says }: { readonly sizeBytes?: number; readonly says?: RegExp } = {},
): void {
  const skip = tool.missing();
  const options = skip === undefined ? {} : { skip };
  test(`${tool.name}: builds with ${sizeBytes} bytes that are refused`, options, async (t) => {
    const server = { args: ['--max-blob-size', '1KiB'] };
    const { server: refusing, project } = await setUp(t, tool, server, sizeBytes);
    const { output } = await build(tool, project, refusing);
    if (says !== undefined) assert.match(output, says);
    assert.equal((await refusing.counts(tool.namespace)).writes, 0);
  });
}

type FaultTest = (t: TestContext, tool: BuildTool) => Promise<void>;

/** A server that rejects stores: nothing may be kept or claimed. */
function refusing(args: readonly string[]): FaultTest {
  return async (t, tool) => {
    const { server, project } = await setUp(t, tool, { args });
    await build(tool, project, server);
    await project.removeOutputs(tool.outputs);
    await build(tool, project, server);
    assert.equal(await project.runs(), 2);
  };
}

const faults: Readonly<Record<string, FaultTest>> = {
  'a read-only server': refusing(['--read-only']),
  'a server that rejects bodies of that size': refusing(['--max-blob-size', '1KiB']),
  'a store whose bound is smaller than the artifact': refusing(['--max-size', '150KiB']),

  'a full disk': async (t, tool) => {
    const dir = await smallDisk(t);
    if (dir === undefined) return t.skip('no right to mount a tmpfs');
    const { server, project } = await setUp(t, tool, { dir });
    await fillDisk(dir);
    await build(tool, project, server);
    await project.readOutputs(tool.outputs);
  },

  'a credential that is not known': async (t, tool) => {
    const { server, project } = await setUp(t, tool, {
      args: ['--tokens', await tokensFile(t)],
      token: 'wrong-token-0123456789',
    });
    await build(tool, project, server);
    await project.readOutputs(tool.outputs);
  },

  'a credential that is known, and then from the cache': async (t, tool) => {
    const { server, project } = await setUp(t, tool, {
      args: ['--tokens', await tokensFile(t)],
      token: knownToken,
    });
    const cold = await build(tool, project, server);
    await project.removeOutputs(tool.outputs);
    const warm = await build(tool, project, server);
    assert.equal(await project.runs(), 1, cold.output + warm.output);
    assert.ok(tool.remoteHits(warm.output) > 0, warm.output);
  },

  'a server that drains meanwhile': async (t, tool) => {
    // The window in which connections already open are served; tests of other things have none.
    const { server, project } = await setUp(t, tool, { args: ['--drain-window', '5s'] });
    await project.hold();
    const building = tool.build(project, server.address);
    await whenRunning(project, building);
    server.drain();
    await project.release();
    assertBuilt(await building);
    await project.readOutputs(tool.outputs);
  },

  'entries damaged on the disk': async (t, tool) => {
    const { server, project } = await setUp(t, tool);
    await build(tool, project, server);
    assert.ok((await damageFiles(server.dir)) > 0, 'nothing lies in files');
    await project.removeOutputs(tool.outputs);
    await build(tool, project, server);
    assert.equal(await project.runs(), 2, 'a damaged entry was taken for a hit');
    await project.readOutputs(tool.outputs);
    assert.ok((await server.metric('store_damaged_entries_total')) > 0, 'damage was not counted');
  },

  'no server at all': async (t, tool) => {
    const { server, project } = await setUp(t, tool);
    await server.stop();
    assertEnded(tool, 'at start', await tool.build(project, server.address));
  },
};

const knownToken = 'known-token-0123456789';

/** Knows one token, which is a password as well for tools that present one. */
async function tokensFile(t: TestContext): Promise<string> {
  const file = join(await tempDir(t), 'tokens');
  await writeFile(file, `bearer ${knownToken} write\nbasic ci ${knownToken} write\n`);
  return file;
}

/** A file system of 4 MB. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'memobuild-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    await rmdir(dir);
    return undefined;
  }
  t.after(async () => {
    execFileSync('umount', ['-l', dir], { stdio: 'ignore' });
    await rmdir(dir);
  });
  return dir;
}

/** Leaves 64 KiB. */
async function fillDisk(dir: string): Promise<void> {
  const { bavail, bsize } = statfsSync(dir);
  await writeFile(join(dir, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - 64 * 1024)));
}

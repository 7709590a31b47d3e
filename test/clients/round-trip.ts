import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { type BuildTool, Project } from './build-tool.ts';
import { type CacheServer, startCacheServer } from './cache-server.ts';
import type { CommandResult } from './run-command.ts';

/** What everybody expects of a remote cache, asked of one tool over one real server. */
export function testRoundTrip(tool: BuildTool): void {
  const skip = tool.missing();
  test(`${tool.name}: builds cold, then from the cache alone, then what changed`, {
    ...(skip === undefined ? {} : { skip }),
  }, async (t) => {
    const { server, project } = await setUp(t, tool);

    const cold = await build(tool, project, server);
    assert.equal(await project.runs(), 1, cold.output);
    const first = await project.readOutputs(tool.outputs);
    const afterCold = await server.counts(tool.namespace);
    assert.ok(afterCold.writes > 0, `nothing was stored\n${cold.output}`);
    assert.ok(afterCold.misses > 0, `nothing was looked up\n${cold.output}`);

    await project.removeOutputs(tool.outputs);
    const warm = await build(tool, project, server);
    assert.equal(await project.runs(), 1, `the step ran again\n${warm.output}`);
    assert.ok(tool.remoteHits(warm.output) > 0, `the tool names no remote hit\n${warm.output}`);
    const afterWarm = await server.counts(tool.namespace);
    assert.ok(afterWarm.hits > afterCold.hits, 'the server counted no hit');
    assert.deepEqual(await project.readOutputs(tool.outputs), first, 'other bytes came back');

    await project.write('input.txt', changedInput);
    await project.removeOutputs(tool.outputs);
    const changed = await build(tool, project, server);
    assert.equal(
      await project.runs(),
      2,
      `a changed source was taken from the cache\n${changed.output}`,
    );
    assert.equal(tool.remoteHits(changed.output), 0, changed.output);
    const second = await project.readOutputs(tool.outputs);
    for (const [index, hash] of second.entries()) {
      assert.notEqual(hash, first[index], 'the old output came back');
    }
  });

  test(`${tool.name}: a server that dies during the build does not break it`, {
    ...(skip === undefined ? {} : { skip }),
  }, async (t) => {
    const { server, project } = await setUp(t, tool);
    await project.hold();
    const building = tool.build(project, server.address);
    await whenRunning(project, building);
    server.kill();
    await project.release();
    assertEnded(tool, 'midway', await building);
  });
}

/** Starts a server and writes the tool's project. */
export async function setUp(
  t: TestContext,
  tool: BuildTool,
  options: Parameters<typeof startCacheServer>[1] = {},
  noiseBytes?: number,
): Promise<{ readonly server: CacheServer; readonly project: Project }> {
  const server = await startCacheServer(t, {
    ...options,
    args: [...(tool.serverArgs ?? []), ...(options.args ?? [])],
  });
  return { server, project: await makeProject(t, tool, noiseBytes) };
}

async function makeProject(t: TestContext, tool: BuildTool, noiseBytes?: number): Promise<Project> {
  const project = new Project(await tempDir(t), noiseBytes);
  await project.create();
  await project.write('input.txt', firstInput);
  await tool.createProject(project);
  return project;
}

const firstInput = 'int one = 1;\n';
const changedInput = 'int two = 2;\n';

/** Builds, and requires success. */
export async function build(
  tool: BuildTool,
  project: Project,
  server: CacheServer,
): Promise<CommandResult> {
  const result = await tool.build(project, server.address);
  assertBuilt(result);
  return result;
}

export function assertBuilt(result: CommandResult): void {
  assert.equal(result.timedOut, false, `the build hung\n${result.output}`);
  assert.equal(result.exitCode, 0, result.output);
}

/** Wants a build whose server went away to have ended as well as this tool ever does. */
export function assertEnded(
  { withoutServer }: BuildTool,
  lost: 'at start' | 'midway',
  result: CommandResult,
): void {
  if (withoutServer === 'builds' || (withoutServer === 'fails at start' && lost === 'midway')) {
    assertBuilt(result);
    return;
  }
  assert.equal(result.timedOut, false, `the build hung\n${result.output}`);
  assert.notEqual(
    result.exitCode,
    0,
    'this tool builds without its server by now: say so in its page',
  );
}

/** Resolves when the build step has begun. */
export async function whenRunning(
  project: Project,
  building: Promise<CommandResult>,
): Promise<void> {
  const before = await project.runs();
  let ended: CommandResult | undefined;
  void building.then((result) => {
    ended = result;
  });
  while ((await project.runs()) === before) {
    if (ended !== undefined) assert.fail(`the build ended before its step ran\n${ended.output}`);
    await sleep(20);
  }
}

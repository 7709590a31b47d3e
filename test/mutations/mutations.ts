/**
 * One thing broken in the product on purpose, and the tests that must notice. `find` is a short
 * piece that occurs once in the file; `npm run mutate` says where it no longer does.
 */
export interface Mutation {
  /** What is wrong with the product then. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test files, of which at least one test must go red. */
  readonly tests: readonly string[];
}

const misbehaving = (name: string): string => `test/e2e/misbehaving/${name}.test.ts`;

/** Whatever would make a verdict or the cache itself dishonest: a lie that no test may let pass. */
export const mutations: readonly Mutation[] = [
  // The load test: what it must not overlook.
  {
    name: 'wrong bytes pass for right ones',
    file: 'src/loadtest/workload/payload-pool.ts',
    find: 'matches(chunk: Buffer, offsetBytes: number): boolean {',
    replace: 'matches(chunk: Buffer, offsetBytes: number): boolean { return true;',
    tests: [misbehaving('wrong-bytes')],
  },
  {
    name: 'a body may end early',
    file: 'src/protocols/shared/body-check.ts',
    find: 'this.#offset !== this.#payload.sizeBytes',
    replace: 'this.#offset > this.#payload.sizeBytes',
    tests: [misbehaving('wrong-bytes')],
  },
  {
    name: 'a changed action result is a miss',
    file: 'src/protocols/bazel-http/load-client.ts',
    find: 'digest.hash === artifact.payload.sha256()',
    replace: 'true',
    tests: [misbehaving('wrong-bytes')],
  },
  {
    name: 'a reread finds nothing lost',
    file: 'src/loadtest/metrics/window-recorder.ts',
    find: 'this.#found.push({ ...place, certain });',
    replace: '',
    tests: [misbehaving('lost-writes')],
  },
  {
    name: 'a working set that is gone raises no suspicion',
    file: 'src/loadtest/operation/build-cache-operation.ts',
    find: '#foundMissing(rank: number, version: number): boolean {',
    replace: '#foundMissing(rank: number, version: number): boolean { return false;',
    tests: [misbehaving('lost-writes')],
  },
  {
    name: 'latency runs from the send, not from the due instant (coordinated omission)',
    file: 'src/loadtest/engine/worker/open-loop.ts',
    find: 'runner.run(client, dueMs)',
    replace: 'runner.run(client, performance.now())',
    tests: [misbehaving('stalls')],
  },
  {
    name: 'a 500 is a miss',
    file: 'src/protocols/memobuild/load-client.ts',
    find: "throwUnless(reply.status === 200, reply, 'a lookup');",
    replace:
      "if (reply.status === 500) return 'miss'; throwUnless(reply.status === 200, reply, 'a lookup');",
    tests: [misbehaving('statuses')],
  },
  {
    name: 'a request that was reset is quietly sent again',
    file: 'src/loadtest/transport/shared/pending-exchange.ts',
    find: "return error === undefined || systemCodeOf(error) === 'EPIPE';",
    replace: 'return error !== null;',
    tests: [
      'src/loadtest/transport/http/connection-kept.test.ts',
      'src/loadtest/transport/redis/redis-connection.test.ts',
    ],
  },
  {
    name: 'the idle connection that was used last is used again',
    file: 'src/loadtest/engine/worker/connection-pool.ts',
    find: 'const at = Math.floor(this.#random() * length);',
    replace: 'const at = length - 1;',
    tests: ['src/loadtest/engine/worker/connection-pool.test.ts'],
  },
  {
    name: 'what is stored cannot be compressed, whatever was asked for',
    file: 'src/loadtest/engine/worker/shared-state.ts',
    find: 'createPoolMemory(options.seed, options.compressible)',
    replace: 'createPoolMemory(options.seed)',
    tests: ['src/loadtest/engine/run-engine.test.ts'],
  },
  {
    name: 'all trials of a capacity search are said to agree',
    file: 'src/report/capacity/text.ts',
    find: 'agreeing.length} of',
    replace: 'trials.length} of',
    tests: ['src/report/capacity/text.test.ts'],
  },
  {
    name: 'a broken file in the history ends the command',
    file: 'src/cli/commands/compare/history.ts',
    find: 'for (const problem of problems) process.stderr',
    replace:
      'for (const problem of problems) throw new CommandError(exitCodes.noAnswer, problem); process.stderr',
    tests: ['test/e2e/compare-cli.test.ts'],
  },
  {
    name: 'a slow target is blamed on its connections',
    file: 'src/loadtest/verdict/connection-waits.ts',
    find: 'explainedLeast * waitOf(onTime)',
    replace: '0 * waitOf(onTime)',
    tests: ['src/loadtest/verdict/connection-waits.test.ts'],
  },
  {
    name: 'the runs of a comparison show their arguments',
    file: 'src/cli/commands/compare/collect.ts',
    find: 'spawn(process.execPath, [ownProgram], {',
    replace: 'spawn(process.execPath, [ownProgram, ...all], {',
    tests: ['test/e2e/closed-streams.test.ts'],
  },
  {
    name: 'too few connections are blamed on the target',
    file: 'src/loadtest/verdict/connection-waits.ts',
    find: "cause: isLimit ? 'connections' : 'target',",
    replace: "cause: 'target',",
    tests: ['src/loadtest/verdict/connection-waits.test.ts'],
  },
  {
    name: 'timeouts never come',
    file: 'src/loadtest/transport/shared/deadline-sweep.ts',
    find: 'member.expire();',
    replace: 'void member;',
    tests: [misbehaving('silence')],
  },
  {
    name: 'a body cut off by the connection is whole',
    file: 'src/loadtest/transport/http/response-parser.ts',
    find: "return this.#state === 'until_close';",
    replace: 'return true;',
    tests: [misbehaving('broken-connections')],
  },
  {
    name: 'a replay reads keys whose writes are under way',
    file: 'src/loadtest/replay/key-turns.ts',
    find: 'awaited.length === 0',
    replace: 'awaited.length >= 0',
    tests: ['src/loadtest/replay/key-turns.test.ts', 'test/e2e/loadtest-replay.test.ts'],
  },
  // The verdict.
  {
    name: 'FAIL ends with 0',
    file: 'src/cli/shared/exit-codes.ts',
    find: 'fail: 1,',
    replace: 'fail: 0 as 1,',
    tests: [misbehaving('statuses')],
  },
  {
    name: 'an edge value passes',
    file: 'src/loadtest/verdict/judge-rows.ts',
    find: '(value - rounded(limits.pass)) > 0',
    replace: '(value - rounded(limits.pass)) >= 0',
    tests: ['src/loadtest/verdict/judge.test.ts', 'src/loadtest/verdict/criteria.test.ts'],
  },
  {
    name: 'VOID comes before wrong bytes',
    file: 'src/loadtest/verdict/judge.ts',
    find: 'failing.some(isUnsafe)',
    replace: "failing.some(isUnsafe) && generator.every(({ status }) => status !== 'void')",
    tests: ['src/loadtest/verdict/judge.test.ts'],
  },
  // The cache and its store.
  {
    name: 'content is stored under a digest that is not its own',
    file: 'src/storage/body.ts',
    find: 'hash === undefined || hash === sha256',
    replace: 'true',
    tests: [
      'src/cache/create-cache.test.ts',
      'src/storage/drivers/embedded/embedded-store.test.ts',
    ],
  },
  {
    name: 'a damaged entry is served',
    file: 'src/cache/create-cache.ts',
    find: 'sha256Of(bytes) === info.sha256',
    replace: 'true',
    tests: ['src/cache/cache-hit.test.ts'],
  },
  {
    name: 'an action result whose blobs are gone is a hit',
    file: 'src/cache/create-cache.ts',
    find: 'if (missing.includes(true)) return false;',
    replace: '',
    tests: ['src/cache/named-blobs.test.ts'],
  },
  {
    name: 'hits are not counted',
    file: 'src/cache/counted-cache.ts',
    find: 'counters.hits += 1;',
    replace: '',
    tests: ['src/cache/create-cache.test.ts', 'test/e2e/serve-counts.test.ts'],
  },
  // The server.
  {
    name: "a trace's hashes have no secret",
    file: 'src/server/recording/trace-recorder.ts',
    find: "hash('sha256', secret + text, 'base64url')",
    replace: "hash('sha256', text, 'base64url')",
    tests: ['src/server/recording/trace-recorder.test.ts'],
  },
  {
    name: 'a read token may write',
    file: 'src/server/access/access.ts',
    find: "if (scope !== 'write') {",
    replace: "if (scope !== 'write' && scope !== 'read') {",
    tests: ['src/server/access/access.test.ts'],
  },
  {
    name: 'the head of a request may have any size',
    file: 'src/server/http/listen-http.ts',
    find: 'maxHeaderSize: limits.headerBytesMax',
    replace: 'maxHeaderSize: 2 ** 26',
    tests: ['test/smallest-elements.test.ts'],
  },
];

/**
 * One thing broken in the product on purpose, and the tests that must notice. `find` stands exactly
 * once in the file; `mutations.test.ts` sees to it that the list keeps up with the code.
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

export const mutations: readonly Mutation[] = [
  // The load test: what it must not overlook.
  {
    name: 'wrong bytes pass for right ones',
    file: 'src/loadtest/workload/payload-pool.ts',
    find: 'if (offsetBytes + chunk.length > this.sizeBytes) return false;',
    replace: 'return true;',
    tests: [misbehaving('wrong-bytes')],
  },
  {
    name: 'a body may end early',
    file: 'src/protocols/shared/body-check.ts',
    find: 'if (this.#offset !== this.#payload.sizeBytes)',
    replace: 'if (this.#offset > this.#payload.sizeBytes)',
    tests: [misbehaving('wrong-bytes')],
  },
  {
    name: 'a changed action result is a miss',
    file: 'src/protocols/bazel-http/load-client.ts',
    find: "if (digest.hash === artifact.payload.sha256()) return 'miss';",
    replace: "return 'miss';",
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
    file: 'src/loadtest/scenario/build-cache-scenario.ts',
    find: 'if (rank < 0 || version % 2 === 0) return false;',
    replace: 'return false;',
    tests: [misbehaving('lost-writes')],
  },
  {
    name: 'latency runs from the send, not from the due instant (coordinated omission)',
    file: 'src/loadtest/engine/worker/open-loop.ts',
    find: 'await runner.run(client, dueMs);',
    replace: 'await runner.run(client, performance.now());',
    tests: [misbehaving('stalls')],
  },
  {
    name: 'a 5xx is named a 4xx',
    file: 'src/protocols/shared/body-check.ts',
    find: "status >= 500 ? 'http_5xx'",
    replace: "status >= 500 ? 'http_4xx'",
    tests: [misbehaving('statuses')],
  },
  {
    name: 'a 500 is a miss',
    file: 'src/protocols/memobuild/load-client.ts',
    find: "body.sink,\n    );\n    if (status === 404) return 'miss';",
    replace: "body.sink,\n    );\n    if (status === 404 || status === 500) return 'miss';",
    tests: [misbehaving('statuses')],
  },
  {
    name: 'time-outs never come',
    file: 'src/loadtest/transport/shared/deadline-sweep.ts',
    find: 'if (member.deadlineMs <= now) member.expire();',
    replace: 'if (member.deadlineMs <= now) void member;',
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
    name: 'a reset is named a protocol error',
    file: 'src/loadtest/transport/http/connection.ts',
    find: "const kind = this.#connected ? 'reset' : 'refused';",
    replace: "const kind = this.#connected ? 'protocol' : 'refused';",
    tests: [misbehaving('broken-connections')],
  },
  {
    name: 'a refused connection is named a reset',
    file: 'src/loadtest/transport/http/connection.ts',
    find: "const kind = this.#connected ? 'reset' : 'refused';",
    replace: "const kind = 'reset';",
    tests: [misbehaving('death')],
  },
  {
    name: 'the run leaves on the target what it stored',
    file: 'src/loadtest/engine/worker/clean-up.ts',
    find: 'if (remove === undefined) return 0;',
    replace: 'return 0;',
    tests: [misbehaving('honest')],
  },
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
    find: "if (sign * (value - rounded(limits.pass)) > 0) return 'PASS';",
    replace: "if (sign * (value - rounded(limits.pass)) >= 0) return 'PASS';",
    tests: ['src/loadtest/verdict/judge.test.ts', 'src/loadtest/verdict/criteria.test.ts'],
  },
  {
    name: 'VOID comes before wrong bytes',
    file: 'src/loadtest/verdict/judge.ts',
    find: 'if (isUnsafe) return {',
    replace: "if (isUnsafe && generator.every(({ status }) => status !== 'spoilt')) return {",
    tests: ['src/loadtest/verdict/judge.test.ts'],
  },
  // What a run must not leave behind.
  {
    name: 'the program leaves a process behind',
    file: 'src/cli/main.ts',
    find: 'try {\n  await run(process.argv.slice(2));',
    replace:
      "(await import('node:child_process')).spawn('sleep', ['20'], { detached: true, stdio: 'ignore' }).unref();\ntry {\n  await run(process.argv.slice(2));",
    tests: [misbehaving('honest')],
  },
  {
    name: 'the program leaves a file behind',
    file: 'src/cli/main.ts',
    find: 'try {\n  await run(process.argv.slice(2));',
    replace:
      "(await import('node:fs')).writeFileSync(process.env.TMPDIR + '/left', '');\ntry {\n  await run(process.argv.slice(2));",
    tests: [misbehaving('honest')],
  },
  // The cache and its store.
  {
    name: 'content is stored under a digest that is not its own',
    file: 'src/storage/body.ts',
    find: 'if (hash === undefined || hash === sha256) continue;',
    replace: 'if (hash !== sha256) continue;',
    tests: [
      'src/cache/create-cache.test.ts',
      'src/storage/drivers/embedded/embedded-store.test.ts',
    ],
  },
  {
    name: 'a damaged entry is served',
    file: 'src/cache/create-cache.ts',
    find: 'if (sha256Of(bytes) === info.sha256) return this.#held(found, bytes);',
    replace: 'return this.#held(found, bytes);',
    tests: ['src/cache/create-cache.test.ts'],
  },
  {
    name: 'an action result whose blobs are gone is a hit',
    file: 'src/cache/create-cache.ts',
    find: '      : missing.includes(true)\n',
    replace: '      : missing.includes(true) && missing.length === 0\n',
    tests: ['src/cache/create-cache.test.ts'],
  },
  {
    name: 'hits are not counted',
    file: 'src/cache/create-cache.ts',
    find: 'counters.hits += 1;',
    replace: '',
    tests: ['src/cache/create-cache.test.ts', 'test/e2e/serve-counts.test.ts'],
  },
  {
    name: 'a replay reads keys whose writes are under way',
    file: 'src/loadtest/replay/key-turns.ts',
    find: 'if (awaited.length === 0) return await operate(0);',
    replace: 'if (awaited.length >= 0) return await operate(0);',
    tests: ['src/loadtest/replay/key-turns.test.ts', 'test/e2e/loadtest-replay.test.ts'],
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
    file: 'src/server/access/auth.ts',
    find: "if (access === 'write' && principal.scope !== 'write')",
    replace: "if (access === 'write' && principal.scope !== 'write' && principal.name === '')",
    tests: ['src/server/access/auth.test.ts', 'test/e2e/serve-access.test.ts'],
  },
  {
    name: 'a draining server does not announce that it closes',
    file: 'src/server/http/fast-path/fast-connection.ts',
    find: 'this.#closeAfter ||= this.#host.isDraining();',
    replace: '',
    tests: ['test/e2e/serve-drain.test.ts'],
  },
];

import assert from 'node:assert/strict';
import test from 'node:test';
import { messageOf, withoutPasswords } from '../src/core/index.ts';
import {
  formatResult,
  type LoadTestConfig,
  type LoadTestResult,
  type Progress,
  resolveConfig,
} from '../src/loadtest/internal.ts';
import {
  annotateResult,
  createStyle,
  htmlReport,
  liveSamplesOf,
  renderBencher,
  renderGitHubBenchmark,
  renderResultCsv,
  renderResultJUnit,
  renderResultMarkdown,
  renderRun,
} from '../src/report/index.ts';
import { buildRunResult } from '../src/testing/build-run-result.ts';
import { RunFeed } from '../src/web/run/feed.ts';

type Protocol = NonNullable<LoadTestConfig['protocol']>;

const secret = 's3cret';
/** Each form of a URL with a password, and a protocol that takes it. */
const forms: readonly (readonly [url: string, protocol: Protocol])[] = [
  [`http://me:${secret}@cache.example:1/x`, 'memobuild'],
  [`HTTPS://me:${secret}@cache.example`, 'generic'],
  [`https://${secret}@cache.example`, 'memobuild'],
  [`https://:${secret}@cache.example`, 'memobuild'],
  [`https://me:%73${secret.slice(1)}@cache.example`, 'memobuild'],
  [`http://me:${secret}@[::1]:8080/base`, 'memobuild'],
  [`http://me:${secret}%2F%40x@cache.example`, 'memobuild'],
  [`redis://:${secret}@cache.example:6379`, 'redis'],
  [`rediss://me:${secret}@cache.example/0`, 'redis'],
  [`grpc://me:${secret}@cache.example:9092`, 'reapi'],
  [`grpcs://${secret}@cache.example`, 'reapi'],
];

/** Arguments that are not the URL of a cache, so that they are named in an error at most. */
const refused: readonly string[] = [
  `http://me:${secret}/x@cache.example`,
  `https://cache.example/x?token=${secret}`,
  `ftp://me:${secret}@cache.example`,
  `http://me:${secret}%@cache.example`,
];

/** All that a run with such a target is shown in. */
async function outputsOf(target: string, protocol: Protocol): Promise<Record<string, string>> {
  const given: LoadTestConfig = { target, protocol, durationSecs: 2 };
  const config = resolveConfig({ ...given, numClients: 20, requestsPerClient: 0, workers: 1 });
  const result = buildRunResult({ seed: 1, windows: 2, failedPerWindow: 20, config: given });
  const loaded: LoadTestResult = { kind: 'run', result };
  const feed = new RunFeed({
    title: '',
    configs: [config],
    criteria: undefined,
    hasPastRuns: false,
  });
  feed.begin(config, 0);
  return {
    json: formatResult(result),
    text: renderRun(result, createStyle({ color: false, width: 100 })),
    junit: renderResultJUnit(loaded, { strict: false }),
    markdown: renderResultMarkdown(loaded),
    csv: renderResultCsv(loaded),
    bencher: renderBencher(loaded),
    benchmark: renderGitHubBenchmark(loaded, 'higher'),
    annotation: JSON.stringify(annotateResult(loaded)),
    html: await htmlReport([
      { id: '', heading: 'x', run: result, baseline: undefined, charts: [] },
    ]),
    dashboard: JSON.stringify(feed.snapshot()),
    metrics: JSON.stringify(liveSamplesOf({ failures: {} } as Progress, { scenario: 'x' })),
    argument: withoutPasswords(target),
    log: withoutPasswords(`cannot reach "${target}": refused`),
  };
}

function assertSecret(output: string, text: string): void {
  const pair = ['me', '', secret].flatMap((user) => [`${user}:${secret}`, `${secret}:`]);
  for (const word of [secret, secret.slice(1), ...pair.map((one) => btoa(one))]) {
    assert.ok(!text.includes(word), `${output} holds ${word}`);
  }
}

for (const [target, protocol] of forms) {
  test(`no output holds the password of ${target.replace(secret, '…')}`, async () => {
    for (const [output, text] of Object.entries(await outputsOf(target, protocol))) {
      assertSecret(output, text);
    }
  });
}

test('what is not the URL of a cache is refused without its password', () => {
  for (const target of refused) {
    assert.throws(
      () => resolveConfig({ target }),
      (error) => {
        assertSecret(`the error for ${target}`, messageOf(error));
        return true;
      },
    );
    assertSecret('the log', withoutPasswords(`cannot read ${target}: ENOENT`));
  }
});

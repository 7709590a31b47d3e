import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packagesDir } from './build-tool.ts';
import { testFaultMatrix, testLargeRefusal } from './fault-matrix.ts';
import { setUp, testRoundTrip } from './round-trip.ts';
import { runCommand } from './run-command.ts';
import { turbo, turborepo } from './turbo.ts';

testRoundTrip(turbo);
testFaultMatrix(turbo);
testLargeRefusal(turbo);
// The signature goes and comes in a header; without it the second build would be a miss.
testRoundTrip(turborepo('turbo (signed)', { signature: true }));
testRoundTrip(turborepo('turbo (preflight)', { preflight: true }));
// Names of teams as people have them.
for (const slug of ['@scope/web', '_my team', 'a'.repeat(60)]) {
  testRoundTrip(turborepo(`turbo (slug ${slug})`, {}, { TURBO_TEAM: slug }));
}

const skip = turbo.missing();
test(
  'turbo: link has no list of teams to choose from',
  skip === undefined ? {} : { skip },
  async (t) => {
    const { server, project } = await setUp(t, turbo);
    const { exitCode, output } = await runCommand(
      join(packagesDir, '.bin/turbo'),
      ['link', '--yes', '--scope', 'team_one'],
      {
        cwd: project.dir,
        env: { TURBO_API: server.address.url, TURBO_TOKEN: 'any', TURBO_TELEMETRY_DISABLED: '1' },
      },
    );
    assert.equal(exitCode, 1, `it ends well by now: say so in its page\n${output}`);
    assert.match(output, /404/);
  },
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build, setUp, testRoundTrip } from './round-trip.ts';
import { rush } from './rush.ts';

const writer = rush({ name: 'rush', allowsWarnings: true });
testRoundTrip(writer);

const skip = writer.missing();
const options = skip === undefined ? {} : { skip };
const readOnly = { args: ['--read-only'] };

test('rush: a reader builds without any allowance', options, async (t) => {
  const reader = rush({ name: 'rush (reader)', allowsWarnings: false, writes: false });
  const { server, project } = await setUp(t, reader, readOnly);
  await build(reader, project, server);
  assert.equal(await project.runs(), 1);
  assert.equal((await server.counts('rush:')).writes, 0);
});

test('rush: a store that fails ends a build that allows no warnings with 1', options, async (t) => {
  const strict = rush({ name: 'rush (strict)', allowsWarnings: false });
  const { server, project } = await setUp(t, strict, readOnly);
  const { exitCode, output } = await strict.build(project, server.address);
  assert.equal(exitCode, 1, `it builds by now: say so in its page\n${output}`);
});

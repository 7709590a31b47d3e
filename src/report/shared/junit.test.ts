import assert from 'node:assert/strict';
import test from 'node:test';
import { renderJUnit } from './junit.ts';

test('JUnit counts what it holds, and text from outside cannot break out of it', () => {
  const xml = renderJUnit('all', [
    {
      name: 'a "suite" <b>',
      timestamp: '2026-02-21T10:00:00.000Z',
      durationMs: 1500,
      cases: [
        { name: 'good', status: 'passed' },
        { name: 'bad\n&', status: 'failed', message: '1 < 2', details: [']]>', '\u0000\ud800'] },
        { name: 'void', status: 'error', message: 'none' },
        { name: 'left', status: 'skipped', message: 'later' },
      ],
    },
  ]);
  assert.equal(
    xml,
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="all" tests="4" failures="1" errors="1" skipped="1" time="1.500">
  <testsuite name="a &quot;suite&quot; &lt;b&gt;" timestamp="2026-02-21T10:00:00.000Z" tests="4" failures="1" errors="1" skipped="1" time="1.500">
    <testcase classname="a &quot;suite&quot; &lt;b&gt;" name="good"/>
    <testcase classname="a &quot;suite&quot; &lt;b&gt;" name="bad&#10;&amp;">
      <failure message="1 &lt; 2">]]&gt;&#10;??</failure>
    </testcase>
    <testcase classname="a &quot;suite&quot; &lt;b&gt;" name="void">
      <error message="none"></error>
    </testcase>
    <testcase classname="a &quot;suite&quot; &lt;b&gt;" name="left">
      <skipped message="later"></skipped>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../../../testing/program.ts';
import { allOptions } from './all-options.ts';
import { defaultTextOf, flagNameOf, flagsOf } from './flags.ts';
import { loadOptions } from './load.ts';
import type { Option, Options } from './option.ts';
import { recordedOptions } from './recorded.ts';
import { scenarioOptions } from './scenario.ts';
import { searchOptions } from './search.ts';
import { targetOptions } from './target.ts';
import { workloadOptions } from './workload.ts';

const page = join(repositoryRoot, 'docs', 'loadtest.md');
const marks = ['<!-- options -->\n', '<!-- end of options -->'] as const;

const groups: Readonly<Record<string, Options>> = {
  Load: loadOptions,
  Scenarios: scenarioOptions,
  Target: targetOptions,
  Workload: workloadOptions,
  'Search for the capacity': searchOptions,
};

test('docs/loadtest.md has a row for each option (UPDATE=1 writes them)', async () => {
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split(marks[0]);
  const [documented, after] = rest?.split(marks[1]) ?? [];
  assert.ok(before !== undefined && documented !== undefined && after !== undefined);
  const tables = Object.entries(groups)
    .map(([group, options]) => `### ${group}\n\n${tableOf(options)}\n`)
    .join('\n');
  if (process.env.UPDATE === '1') {
    await writeFile(page, `${before}${marks[0]}\n${tables}\n${marks[1]}${after}`);
  } else {
    assert.equal(documented, `\n${tables}\n`);
  }
});

function tableOf(options: Options): string {
  const rows = Object.entries(options).map(([key, option]) => [
    code(key),
    flagWordsOf(option).map(code).join(', '),
    defaultTextOf(option) || staticDefaultOf(option),
    code(recordedOptions.find((recorded) => recorded.key === key)?.as ?? ''),
    `${option.fullAbout ?? option.about}; must be ${option.takes}`,
  ]);
  const header = ['key', 'flag', 'default', 'recorded as', 'what'];
  const rule = header.map(() => '---');
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Help leaves out what its other words say. */
function staticDefaultOf({ default: value, show }: Option): string {
  return value === undefined || typeof value === 'function' ? '' : show(value);
}

function flagWordsOf(option: Option): string[] {
  return flagsOf({ option }).map(([flag]) => flag.split(' ')[0]!);
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

test('no flag and no recorded key belongs to two options', () => {
  const flags = Object.values(groups).flatMap((options) =>
    flagsOf(options).map(([flag]) => flagNameOf(flag)),
  );
  const recorded = recordedOptions.map(({ as }) => as);
  for (const names of [flags, recorded]) {
    assert.deepEqual(names, [...new Set(names)]);
    assert.ok(names.length > 20);
  }
});

test('every default is what its option takes', () => {
  const known = {
    load: 'closed',
    target: 'embedded',
    numClients: 10,
    maxStoredBytes: 1e9,
  } as const;
  let checked = 0;
  for (const [key, option] of Object.entries<Option>({ ...allOptions, ...searchOptions })) {
    const { default: initial, schema } = option;
    const value: unknown = typeof initial === 'function' ? initial(known) : initial;
    if (value === undefined) continue;
    checked += 1;
    assert.deepEqual(schema.parse(value), value, key);
  }
  assert.ok(checked > 20);
});

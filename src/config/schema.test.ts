import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../testing/program.ts';
import { settingText } from './describe.ts';
import { allSettings, type NamedSetting } from './schema.ts';

const page = join(repositoryRoot, 'docs', 'configuration.md');

test('docs/configuration.md has the row of each setting, and no other (UPDATE=1 writes them)', async () => {
  const text = await readFile(page, 'utf8');
  const [before, ...sections] = text.split(/^## (?=\w+\n)/m);
  const areas = [...new Set(allSettings.map(({ area }) => area))];
  const derived = areas.map(
    (area) => `${area}\n\n${tableOf(allSettings.filter((setting) => setting.area === area))}`,
  );
  const ending = sections.at(-1)!.endsWith('\n\n') ? '\n\n' : '\n';
  const all = `${before}${derived.map((section) => `## ${section}`).join('\n\n')}${ending}`;
  if (process.env.UPDATE === '1') await writeFile(page, all);
  else assert.equal(text, all);
});

function tableOf(settings: readonly NamedSetting[]): string {
  const code = (name: string | undefined): string => (name === undefined ? '' : `\`${name}\``);
  const rows = settings.map(({ key, flag, env, field, setting }) => [
    code(key),
    code(flag),
    code(env),
    settingText(field, setting.defaultValue),
    `${setting.about}; must be ${setting.takes}`,
  ]);
  const header = ['key', 'flag', 'environment', 'default', 'what'];
  const rule = header.map(() => '---');
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

test('docs/configuration.md names every setting that only a new start changes, and no other', async () => {
  const text = await readFile(page, 'utf8');
  const sentence =
    /^SIGHUP reloads .*? keep their values until the next start/m.exec(text)?.[0] ?? '';
  const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, key]) => key);
  assert.deepEqual(
    named,
    allSettings.filter(({ setting }) => setting.needsRestart === true).map(({ key }) => key),
  );
});

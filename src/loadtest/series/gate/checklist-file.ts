import { basename, dirname, extname, resolve } from 'node:path';
import { readYamlFile } from '../../config/read-yaml-file.ts';
import { readScenarioFile } from '../../config/scenario-file.ts';
import { findScenario, type ScenarioDefinition, scenarios } from '../../config/scenarios.ts';
import { ConfigError } from '../../errors.ts';
import type { Check, Checklist, ChecklistRow, Condition } from './checklist.ts';
import { type Comparator, type GateMetric, gateMetrics } from './gate-metrics.ts';

/**
 * Reads a checklist of the user's own. Each row names a scenario (or several), a metric and a limit:
 * a row cannot be declared met. `metric: verdict` and `metric: degradation` take none.
 * Scenario files are looked for beside the checklist.
 * @throws {ConfigError} listing every problem, each with the file's name.
 */
export async function readChecklistFile(path: string): Promise<Checklist> {
  const { name, title, rows, ...rest } = await readYamlFile(path, 'checklist');
  const problems = Object.keys(rest).map(
    (key) => `${path}: ${key} is not a known key; known keys: name, title, rows`,
  );
  const fileName = basename(path, extname(path));
  const known: Known = { dir: dirname(path), byText: new Map() };
  for (const [key, value] of Object.entries({ name, title })) {
    if (value !== undefined && !isText(value)) problems.push(`${path}: ${key} must be a string`);
  }
  const read: ChecklistRow[] = [];
  if (!Array.isArray(rows) || rows.length === 0) {
    problems.push(`${path}: rows must be a list of at least one row`);
  } else if (rows.length > rowsMost) {
    problems.push(`${path}: rows must hold at most ${rowsMost}; got ${rows.length}`);
  } else {
    for (const [index, row] of rows.entries()) {
      const report = (problem: string): void => {
        problems.push(`${path}: row ${index + 1}: ${problem}`);
      };
      const checked = await readRow(row, known, report);
      if (checked !== undefined) read.push(checked);
    }
  }
  const definitions = [...known.byText.values()];
  const names = definitions.map((definition) => definition.name);
  for (const twice of new Set(names.filter((text, at) => names.indexOf(text) !== at))) {
    problems.push(`${path}: two scenarios are called ${twice}; rename one of them`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    name: isText(name) ? name : fileName,
    title: isText(title) ? title : `Checklist ${fileName}`,
    rows: read,
    scenarios: definitions,
  };
}

const rowsMost = 200;
const comparators: readonly Comparator[] = ['above', 'below', 'at_least', 'at_most'];
const metricsWithoutLimit = ['verdict', 'degradation'] as const;
const rowKeys = ['title', 'scenario', 'metric', ...comparators];

/** Scenarios met so far, by how the file calls them. */
interface Known {
  readonly dir: string;
  readonly byText: Map<string, ScenarioDefinition>;
}

type Report = (problem: string) => void;

async function readRow(
  row: unknown,
  known: Known,
  report: Report,
): Promise<ChecklistRow | undefined> {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    report(`must hold ${rowKeys.join(', ')}; got ${JSON.stringify(row)}`);
    return undefined;
  }
  const keys = row as Record<string, unknown>;
  for (const key of Object.keys(keys)) {
    if (!rowKeys.includes(key))
      report(`${key} is not a known key; known keys: ${rowKeys.join(', ')}`);
  }
  if (!isText(keys.title)) report('title must be a string');
  const names = await readScenarios(keys.scenario, known, report);
  const check = readCheck(keys, names, report);
  return check === undefined ? undefined : { title: String(keys.title), check };
}

async function readScenarios(given: unknown, known: Known, report: Report): Promise<string[]> {
  const texts = Array.isArray(given) ? given : [given];
  if (texts.length === 0 || !texts.every(isText)) {
    report('scenario must be the name of a scenario, a file, or a list of them');
    return [];
  }
  const names: string[] = [];
  for (const text of texts) {
    const definition = known.byText.get(text) ?? (await findOrRead(text, known.dir, report));
    if (definition === undefined) continue;
    known.byText.set(text, definition);
    names.push(definition.name);
  }
  return names;
}

async function findOrRead(
  text: string,
  dir: string,
  report: Report,
): Promise<ScenarioDefinition | undefined> {
  const builtIn = findScenario(text);
  if (builtIn !== undefined) return builtIn;
  if (!/[./\\]/.test(text)) {
    const names = scenarios.map(({ name }) => name).join(', ');
    report(`scenario must be ${names}, or a YAML or JSON file; got "${text}"`);
    return undefined;
  }
  try {
    return await readScenarioFile(resolve(dir, text));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) report(problem);
    return undefined;
  }
}

function readCheck(
  keys: Readonly<Record<string, unknown>>,
  names: readonly string[],
  report: Report,
): Check | undefined {
  const { metric } = keys;
  const given = comparators.filter((compare) => keys[compare] !== undefined);
  if (metric === 'verdict' || metric === 'degradation') {
    if (given.length > 0) report(`metric ${metric} must have no limit; got ${given.join(', ')}`);
    return { kind: metric === 'verdict' ? 'verdict' : 'no_degradation', scenarios: names };
  }
  if (!isText(metric) || !Object.hasOwn(gateMetrics, metric)) {
    const all = [...Object.keys(gateMetrics), ...metricsWithoutLimit].join(', ');
    report(`metric must be one of ${all}; got ${JSON.stringify(metric) ?? 'none'}`);
    return undefined;
  }
  if (given.length === 0) {
    report(`needs a limit: one of ${comparators.join(', ')}, with a number`);
    return undefined;
  }
  const conditions: Condition[] = [];
  for (const compare of given) {
    const limit = keys[compare];
    if (typeof limit !== 'number' || !Number.isFinite(limit)) {
      report(`${compare} must be a number; got ${JSON.stringify(limit)}`);
    } else {
      conditions.push({ metric: metric as GateMetric, compare, limit });
    }
  }
  return { kind: 'metrics', scenarios: names, conditions };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

import { messageOf } from '../../core/index.ts';
import { ConfigError, LoadTestError } from '../errors.ts';
import type { LoadTestScenario, ScenarioModule } from './operation.ts';

/** A {@link ScenarioModule} as plain data, for a thread. */
export interface ScenarioReference {
  readonly href: string;
  readonly exportName: string;
}

/**
 * Checks what names a scenario. @throws {ConfigError} if it is not an absolute URL, or not a name.
 */
export function scenarioReferenceOf({ module, export: name }: ScenarioModule): ScenarioReference {
  const href = URL.canParse(String(module)) ? String(new URL(module)) : undefined;
  if (href === undefined) {
    throw new ConfigError([
      `scenario.module must be an absolute URL, as new URL(path, import.meta.url) makes; got ${JSON.stringify(module)}`,
    ]);
  }
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new ConfigError([`scenario.export must be the name of an export; got ${String(name)}`]);
  }
  return { href, exportName: name ?? 'default' };
}

/**
 * Loads a custom scenario into this thread.
 * @throws {LoadTestError} `bad_scenario`: the module can't be loaded, lacks the export, or its export is not a scenario.
 */
export async function loadScenario({
  href,
  exportName,
}: ScenarioReference): Promise<LoadTestScenario> {
  const bad = (problem: string, cause?: unknown): LoadTestError =>
    new LoadTestError('bad_scenario', `the scenario module ${href} ${problem}`, { cause });
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = (await import(href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw bad(`can't be loaded: ${messageOf(error)}`, error);
  }
  if (!Object.hasOwn(exports, exportName)) {
    const names = Object.keys(exports).join(', ') || 'nothing';
    throw bad(`has no export '${exportName}'; it exports ${names}`);
  }
  const found = exports[exportName];
  let scenario: unknown;
  try {
    scenario = typeof found === 'function' ? await (found as () => unknown)() : found;
  } catch (error) {
    throw bad(`threw when '${exportName}' was called: ${messageOf(error)}`, error);
  }
  if (!isScenario(scenario)) {
    throw bad(
      `exports no scenario as '${exportName}': an object with a name and execute(context), or a function that returns one`,
    );
  }
  return scenario;
}

function isScenario(value: unknown): value is LoadTestScenario {
  if (typeof value !== 'object' || value === null) return false;
  const { name, execute } = value as Readonly<Record<string, unknown>>;
  return typeof name === 'string' && name !== '' && typeof execute === 'function';
}

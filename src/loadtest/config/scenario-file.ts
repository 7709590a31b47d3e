import { basename, extname } from 'node:path';
import { ConfigError } from '../errors.ts';
import { allOptions, type LoadTestConfig, type Option } from './options/index.ts';
import { readYamlFile } from './read-yaml-file.ts';
import { resolveConfig } from './resolve-config.ts';
import type { ScenarioDefinition } from './scenarios.ts';

/**
 * Reads a user's scenario: a YAML or JSON file with keys of {@link LoadTestConfig}, and optionally
 * a `summary`. Headers and TLS keys have no place in it: files get committed.
 * @throws {ConfigError} listing every problem, each with the file's name.
 */
export async function readScenarioFile(path: string): Promise<ScenarioDefinition> {
  const { summary = '', ...keys } = await readYamlFile(path, 'scenario file');
  const problems = secretKeys
    .filter((key) => key in keys)
    .map((key) => `${path}: ${key} is not allowed in a scenario file; give it as flags`);
  if (typeof summary !== 'string') problems.push(`${path}: summary must be a string`);
  for (const key of secretKeys) delete keys[key];
  const fileName = basename(path, extname(path));
  const config: LoadTestConfig = { name: fileName, repeatBuilds: true, ...keys };
  try {
    resolveConfig(config, { labelOf: (key) => `${path}: ${key}` });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { name: config.name ?? fileName, summary: String(summary), config };
}

const secretKeys = Object.entries<Option>(allOptions).flatMap(([key, { notInFiles }]) =>
  notInFiles === true ? [key] : [],
);

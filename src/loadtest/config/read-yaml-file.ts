import { readFile } from 'node:fs/promises';
import { decodeText, messageOf, parseYaml, systemCodeOf } from '../../core/index.ts';
import { ConfigError } from '../errors.ts';

/** No scenario or criteria file is anywhere near this. */
const fileBytesMax = 1 << 20;

/**
 * Reads a YAML or JSON file (JSON is YAML) that holds keys with values.
 * @throws {ConfigError} naming `what` and the file.
 */
export async function readYamlFile(path: string, what: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = decodeText(await readFile(path));
  } catch (error) {
    const reason = systemCodeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error);
    throw new ConfigError([`cannot read the ${what} ${path}: ${reason}`]);
  }
  if (text.length > fileBytesMax) throw new ConfigError([`the ${what} ${path} is above 1 MiB`]);
  let value: unknown;
  try {
    value = await parseYaml(text);
  } catch (error) {
    throw new ConfigError([`the ${what} ${path} is neither YAML nor JSON: ${messageOf(error)}`]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError([`the ${what} ${path} must hold keys with values`]);
  }
  return value as Record<string, unknown>;
}

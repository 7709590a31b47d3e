import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig, type ServeConfig } from '../../src/config/index.ts';
import { repositoryRoot } from '../../src/testing/program.ts';

export const deployRoot: string = join(repositoryRoot, 'deploy');

/** Paths of all files below `deploy/`. */
export async function filesOfDeploy(): Promise<string[]> {
  const entries = await readdir(deployRoot, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(deployRoot.length + 1));
}

/** The text of a file below `deploy/`. */
export function deployText(path: string): string {
  return readFileSync(join(deployRoot, path), 'utf8');
}

/** What a YAML file below `deploy/` holds. */
export function deployTree(path: string): Tree {
  return new Tree(path, parse(deployText(path), { merge: true }));
}

/** A value within a YAML file. What is not there, or is of another kind, fails the test by its path. */
export class Tree {
  readonly path: string;
  readonly value: unknown;

  constructor(path: string, value: unknown) {
    this.path = path;
    this.value = value;
  }

  at(...keys: readonly string[]): Tree {
    let value = this.value;
    for (const key of keys) value = (value as Record<string, unknown> | undefined)?.[key];
    const path = [this.path, ...keys].join('.');
    assert.notEqual(value, undefined, `${path} is not there`);
    return new Tree(path, value);
  }

  has(key: string): boolean {
    return this.keys.includes(key);
  }

  get keys(): readonly string[] {
    assert.ok(typeof this.value === 'object' && this.value !== null, `${this.path} has no keys`);
    return Object.keys(this.value);
  }

  /** A mapping's values. */
  get values(): readonly Tree[] {
    return this.keys.map((key) => this.at(key));
  }

  get items(): readonly Tree[] {
    assert.ok(Array.isArray(this.value), `${this.path} is not a list`);
    return this.value.map((item: unknown, index) => new Tree(`${this.path}.${index}`, item));
  }

  get text(): string {
    const isText = typeof this.value === 'string' || typeof this.value === 'number';
    assert.ok(isText, `${this.path} is not a text`);
    return String(this.value);
  }

  /** The texts of a list. */
  get texts(): readonly string[] {
    return this.items.map(({ text }) => text);
  }
}

/** What a server makes of a file or an environment. @throws for what it refuses. */
export async function configOf(sources: {
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<ServeConfig> {
  const { config } = await loadConfig({ env: {}, flags: {}, ...sources });
  return config;
}

/** Beyond its deadline a worker that drains is given this long before it is killed. */
const stuckAfterMs = 5_000;

/** Whoever stops a server must not kill it before it has drained. */
export function assertTimeToDrain({ processes }: ServeConfig, patienceSeconds: number): void {
  assert.ok(patienceSeconds * 1000 > processes.drainDeadlineMs + stuckAfterMs);
}

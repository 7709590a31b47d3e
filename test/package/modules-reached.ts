import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { join } from 'node:path/posix';
import { readImports } from '../architecture/read-imports.ts';

/**
 * The modules of a package that its entries lead to: by imports of any kind, and as the module of a
 * thread or a process, which `siblingModule` names without its extension.
 */
export function modulesReached(root: string, entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const text = readFileSync(join(root, path), 'utf8');
    for (const name of [...importedBy(path, text), ...startedBy(text)]) {
      waiting.push(posix.join(posix.dirname(path), name));
    }
  }
  return reached;
}

function importedBy(path: string, text: string): string[] {
  const relative = readImports(path, text).filter(({ specifier }) => specifier.startsWith('.'));
  return relative.map(({ specifier }) => specifier);
}

function startedBy(text: string): string[] {
  const started = text.matchAll(/siblingModule\(import\.meta\.url, '([^']+)'\)/g);
  const entry = text.matchAll(/new URL\('([^']+\.js)', import\.meta\.url\)/g);
  return [...[...started].map(([, name]) => `${name}.js`), ...[...entry].map(([, name]) => name!)];
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Files of tests and benchmarks that start processes by themselves and don't tie them to their own
 * life: such a process keeps running when a test is cut off.
 */
export function unboundProcesses(root: string): string[] {
  return ['src', 'test', 'bench'].flatMap((dir) =>
    readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
      .map((name) => join(dir, name))
      .filter((path) => isOfTests(path) && startsUnbound(readFileSync(join(root, path), 'utf8'))),
  );
}

/** Whether a text starts processes that run beside it, and none of them in the bound environment. */
export function startsUnbound(text: string): boolean {
  const imports = /import \{([^}]*)\} from 'node:child_process'/.exec(text)?.[1] ?? '';
  return /\b(spawn|fork|execFile|exec)\b/.test(imports) && !text.includes('boundEnvironment(');
}

function isOfTests(path: string): boolean {
  if (!path.endsWith('.ts')) return false;
  return /^(test|bench|src\/testing)\//.test(path) || path.endsWith('.test.ts');
}

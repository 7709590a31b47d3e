// What the compiler once wrote for a source that is gone, or that no longer ships, stays in dist/
// until somebody removes it: else it would be packed.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Removes the compiled files in dist/ for which tsconfig.build.json names no source. */
export function removeStaleOutputs(root) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => process.exit(1) };
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.build.json'), {}, host);
  const wanted = new Set(
    config.fileNames.flatMap((source) => [...ts.getOutputFileNames(config, source, false)]),
  );
  const dist = join(root, 'dist');
  for (const name of readdirSync(dist, { recursive: true })) {
    const isCompiled = /\.js$|\.d\.ts$/.test(name) && !/^web[/\\]assets[/\\]/.test(name);
    const path = join(dist, name);
    if (isCompiled && !wanted.has(path.replaceAll('\\', '/'))) rmSync(path);
  }
}

// Adds to the lock files the optional packages of other platforms that npm left out.
//
// A registry mirror that holds only some platforms' packages makes `npm install` write a lock file
// without the others, and `npm ci` then refuses that lock file. An entry with `os` and `cpu` is
// enough for npm to know that the package is not for this machine. Run after changing dependencies:
// `node scripts/complete-lockfile.mjs`; `--check` only says whether anything is missing.
import { readFileSync, writeFileSync } from 'node:fs';

const isCheck = process.argv.includes('--check');
for (const path of ['package-lock.json', 'test/clients/package-lock.json']) {
  const file = new URL(`../${path}`, import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const added = complete(lock);
  if (added.length === 0) continue;
  if (isCheck) {
    console.error(`${path} lacks ${added.join(', ')}: node scripts/complete-lockfile.mjs`);
    process.exitCode = 1;
    continue;
  }
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${path}: added ${added.length}: ${added.join(', ')}`);
}

/** Adds to a lock file's packages what they name and it lacks. */
function complete(lock) {
  const added = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = `${path}/node_modules/${name}`;
      const hoisted = `node_modules/${name}`;
      if (lock.packages[nested] || lock.packages[hoisted]) continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d/.test(version)) continue;
      lock.packages[hoisted] = {
        version,
        ...platform,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
      };
      added.push(`${name}@${version}`);
    }
  }
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return added;
}

/** The `os`, `cpu` and `libc` that a platform package's name tells. */
function platformOf(name) {
  const synonyms = { 64: 'x64', armv7: 'arm', macos: 'darwin', windows: 'win32' };
  const words = name.split(/[-/]/).map((word) => synonyms[word] ?? word);
  const os = ['linux', 'darwin', 'win32', 'android', 'freebsd'].find((word) =>
    words.includes(word),
  );
  const cpu = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64'].find((word) =>
    words.includes(word),
  );
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : undefined;
  return { cpu: [cpu], ...(libc ? { libc } : {}), os: [os] };
}

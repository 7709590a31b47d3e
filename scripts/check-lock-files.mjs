// Fails where a lock file would install something unchecked, or would not install at all: an entry
// without an integrity hash, and an optional package (mostly another platform's binary) without an
// entry, which `npm ci` refuses. npm writes both kinds when the registry it asked lacks a package:
// ask another registry, or choose a version that is there for all platforms.
import { readFileSync } from 'node:fs';

for (const path of ['package-lock.json', 'test/clients/package-lock.json']) {
  const { packages } = JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));
  for (const [place, entry] of Object.entries(packages)) {
    if (place !== '' && !entry.integrity) complain(`${path}: ${place} has no integrity hash`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`${place}/node_modules/${name}`, `node_modules/${name}`];
      if (!places.some((at) => at in packages)) complain(`${path}: ${name} has no entry`);
    }
  }
}

function complain(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}

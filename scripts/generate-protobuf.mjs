// Writes generated/ from proto/, both in src/protocols/shared/protobuf. Run it after a change of a
// .proto file: `npm run generate`. What it writes is committed, so that nobody else needs the generator.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
const protobuf = join(root, 'src/protocols/shared/protobuf');
const generated = join(protobuf, 'generated');
const out = mkdtempSync(join(tmpdir(), 'memobuild-proto-'));
const template = JSON.stringify({
  version: 'v2',
  plugins: [
    {
      local: join(bin, 'protoc-gen-es'),
      out,
      opt: ['target=ts', 'erasable_syntax=true', 'import_extension=ts'],
    },
  ],
});
const { status } = spawnSync(
  join(bin, 'buf'),
  ['generate', join(protobuf, 'proto'), '--template', template],
  { stdio: 'inherit' },
);
if (status !== 0) process.exit(1);

for (const name of readdirSync(generated)) rmSync(join(generated, name));
for (const name of readdirSync(out)) {
  // The house's file names have no underscores.
  const text = readFileSync(join(out, name), 'utf8').replaceAll(/_pb\.ts"/g, '.pb.ts"');
  writeFileSync(join(generated, name.replace(/_pb\.ts$/, '.pb.ts')), text);
}
rmSync(out, { recursive: true });

import { readFileSync } from 'node:fs';

const packageJson: unknown = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** This package's version, as package.json has it. */
export const memobuildVersion: string = (packageJson as { version: string }).version;

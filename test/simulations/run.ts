/**
 * `npm run simulate [ROOM...]`: plays the claims of docs/method.md in full, which takes minutes,
 * and rewrites its tables. Ends with 1 if a share misses its requirement.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capacityClaims } from './capacity-claims.ts';
import { agrees, type Claim, type Outcome, simulate } from './claim.ts';
import { comparisonClaims } from './comparison-claims.ts';
import { connectionClaims } from './connection-claims.ts';
import { driftClaims } from './drift-claims.ts';
import { historyClaims } from './history-claims.ts';
import { percentileClaims } from './percentile-claims.ts';
import { scalabilityClaims } from './scalability-claims.ts';
import { silenceClaims } from './silence-claims.ts';
import { voidClaims } from './void-claims.ts';

const rooms: Readonly<Record<string, readonly Claim[]>> = {
  drift: driftClaims,
  comparison: comparisonClaims,
  history: historyClaims,
  capacity: capacityClaims,
  percentiles: percentileClaims,
  scalability: scalabilityClaims,
  silence: silenceClaims,
  connections: connectionClaims,
  void: voidClaims,
};

const methodPath = join(import.meta.dirname, '..', '..', 'docs', 'method.md');

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(rooms, name));
if (unknown.length > 0) {
  console.error(`no such room: ${unknown.join(', ')}; there are ${Object.keys(rooms).join(', ')}`);
  process.exit(2);
}

let failed = 0;
for (const [name, claims] of Object.entries(rooms)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const outcomes: Outcome[] = [];
  for (const claim of claims) {
    const outcome = await simulate(claim, claim.rounds);
    outcomes.push(outcome);
    if (!agrees(outcome)) failed += 1;
    console.log(`${agrees(outcome) ? 'ok    ' : 'NOT OK'} ${rowOf(outcome)}`);
  }
  await writeTable(name, outcomes);
}
process.exitCode = failed > 0 ? 1 : 0;

function rowOf({ claim: { what, wanted }, rounds, count }: Outcome): string {
  const share = ((100 * count) / rounds).toFixed(1);
  const limit = Number((100 * wanted.share).toFixed(2));
  return `| ${what} | ${wanted.compare} ${limit} % | ${share} % | ${rounds.toLocaleString('en')} |`;
}

async function writeTable(name: string, outcomes: readonly Outcome[]): Promise<void> {
  const text = await readFile(methodPath, 'utf8');
  const [from, to] = [`<!-- simulated: ${name} -->`, `<!-- end: ${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`docs/method.md has no place for ${name}`);
  const head = ['| what is simulated | required | found | rounds |', '| --- | --- | --- | --- |'];
  const table = [...head, ...outcomes.map(rowOf)].join('\n');
  await writeFile(methodPath, `${text.slice(0, start)}${from}\n${table}\n${text.slice(end)}`);
}

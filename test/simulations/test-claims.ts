import assert from 'node:assert/strict';
import test from 'node:test';
import { agrees, type Claim, simulate } from './claim.ts';

/** One test a claim: the committed simulation, shortened. */
export function testClaims(claims: readonly Claim[]): void {
  for (const claim of claims) {
    const { what, wanted, roundsInTest } = claim;
    test(`${what}: ${wanted.compare} ${100 * wanted.share} %`, async () => {
      const outcome = await simulate(claim, roundsInTest);
      assert.ok(agrees(outcome, 2), `${outcome.count} of ${outcome.rounds}`);
    });
  }
}

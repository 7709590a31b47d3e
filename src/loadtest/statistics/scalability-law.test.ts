import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedThroughput, fitScalabilityLaw } from './scalability-law.ts';

const clients = [1, 2, 4, 8, 16, 32, 64];

function pointsOf(law: { gamma: number; sigma: number; kappa: number }, noise = 0) {
  return clients.map((n, index) => ({
    clients: n,
    opsPerSec: expectedThroughput(law, n) * (1 + noise * (index % 2 === 0 ? 1 : -1)),
  }));
}

test('finds the coefficients that made the points', () => {
  const law = fitScalabilityLaw(pointsOf({ gamma: 1000, sigma: 0.05, kappa: 0.001 }));
  assert.ok(law !== undefined);
  assert.ok(Math.abs(law.gamma - 1000) < 1e-6);
  assert.ok(Math.abs(law.sigma - 0.05) < 1e-9);
  assert.ok(Math.abs(law.kappa - 0.001) < 1e-9);
  assert.ok(Math.abs(law.rSquared - 1) < 1e-9);
  // Gunther: the peak lies at the root of (1 - sigma) / kappa.
  assert.ok(Math.abs((law.peakClients ?? 0) - Math.sqrt(0.95 / 0.001)) < 1e-6);
});

test('comes near them through noise of 3 percent', () => {
  const law = fitScalabilityLaw(pointsOf({ gamma: 500, sigma: 0.1, kappa: 0.0005 }, 0.03));
  assert.ok(law !== undefined);
  assert.ok(Math.abs(law.gamma / 500 - 1) < 0.15, `${law.gamma}`);
  assert.ok(Math.abs(law.sigma - 0.1) < 0.04, `${law.sigma}`);
});

test('perfect scaling has no peak, and its knee is out of sight', () => {
  const law = fitScalabilityLaw(pointsOf({ gamma: 10, sigma: 0, kappa: 0 }));
  assert.ok(law !== undefined);
  assert.equal(law.peakClients, undefined);
  assert.equal(law.kneeClients, undefined);
});

test('throughput that falls from the first client on has its peak there', () => {
  const law = fitScalabilityLaw(clients.map((n) => ({ clients: n, opsPerSec: 1000 * n ** -0.4 })));
  assert.equal(law?.peakClients, 1);
});

test('a queue that is full from 8 clients on has no peak, and the knee lies where it fills', () => {
  const law = fitScalabilityLaw(
    clients.map((n) => ({ clients: n, opsPerSec: 100 * Math.min(n, 8) })),
  );
  assert.ok(law !== undefined);
  assert.equal(law.peakClients, undefined);
  assert.ok((law.kneeClients ?? 0) >= 2 && (law.kneeClients ?? 0) <= 10, `${law.kneeClients}`);
});

test('the intervals hold the coefficients and the peak', () => {
  const law = fitScalabilityLaw(pointsOf({ gamma: 500, sigma: 0.1, kappa: 0.0005 }, 0.03));
  const { sigma, kappa, peakClients } = law!.intervals;
  assert.ok(sigma[0] <= 0.1 && 0.1 <= sigma[1], sigma.join());
  assert.ok(kappa[0] <= 0.0005 && 0.0005 <= kappa[1], kappa.join());
  const peak = Math.sqrt(0.9 / 0.0005);
  if (peakClients !== undefined) assert.ok(peakClients[0] <= peak && peak <= peakClients[1]);
});

test('never gives a negative coefficient, even for more than linear scaling', () => {
  const law = fitScalabilityLaw(clients.map((n) => ({ clients: n, opsPerSec: 10 * n ** 1.1 })));
  assert.ok(law === undefined || (law.sigma >= 0 && law.kappa >= 0));
});

test('gives no law for too few numbers of clients, and none for points that follow none', () => {
  assert.equal(
    fitScalabilityLaw(pointsOf({ gamma: 1, sigma: 0, kappa: 0 }).slice(0, 4)),
    undefined,
  );
  const random = [900, 20, 700, 5, 800, 10, 600];
  const points = clients.map((n, index) => ({ clients: n, opsPerSec: random[index] as number }));
  assert.equal(fitScalabilityLaw(points), undefined);
});

/**
 * A scenario as a module: each generator thread of `threaded-scenario.ts` loads it for itself. Every
 * machine of a team restores the same few toolchains, and the first that misses one uploads it.
 */
import { BodyCheck, payloadOf } from 'memobuild/loadtest';

const toolchains = 40;

/** @type {import('memobuild/loadtest').LoadTestScenario} */
export const toolchainRestore = {
  name: 'toolchain-restore',
  async execute({ http, random, runId }) {
    const version = Math.floor(random() * toolchains);
    // With the run's id in it, a toolchain is new to the cache in every run.
    const toolchain = payloadOf(Buffer.from(`${runId}, toolchain ${version}\n`.repeat(500)));
    const path = `/cas/${toolchain.sha256()}`;

    // Wrong bytes make the operation an integrity failure, and the run a FAIL.
    const body = new BodyCheck(toolchain);
    const { status } = await http.exchange({ method: 'GET', path }, body.sink);
    if (status === 200) {
      body.throwUnlessWhole();
      return { success: true, lookup: 'hit', readBytes: toolchain.sizeBytes };
    }
    if (status !== 404) return { success: false, lookup: undefined, failure: 'protocol' };

    const stored = await http.exchange({ method: 'PUT', path, body: toolchain });
    return stored.status < 300
      ? { success: true, lookup: 'miss', writtenBytes: toolchain.sizeBytes }
      : { success: false, lookup: 'miss', failure: 'http_5xx' };
  },
};

import { resolveConfig } from '../loadtest/config/resolve-config.ts';
import {
  mergeGeneratorSamples,
  mergeServerSamples,
} from '../loadtest/engine/sampling/merge-samples.ts';
import { SampleList, secondsPerSample } from '../loadtest/engine/sampling/sample-list.ts';
import { windowMsFor } from '../loadtest/engine/window-length.ts';
import type { GeneratorSample, ServerSample } from '../loadtest/measurement.ts';
import { Collector } from '../loadtest/metrics/collector.ts';
import { counterSlots } from '../loadtest/metrics/counters.ts';
import { createSendingMemory, SendingTime } from '../loadtest/metrics/sending-time.ts';
import { WindowRecorder } from '../loadtest/metrics/window-recorder.ts';
import { assembleResult } from '../loadtest/result/assemble-result.ts';
import { readEnvironment } from '../loadtest/result/environment.ts';
import { formatResult } from '../loadtest/result/result-file.ts';
import { createRandom, type Random } from '../loadtest/statistics/random.ts';
import { judge } from '../loadtest/verdict/judge.ts';
import { buildMeasurement } from './build-measurement.ts';

/** The outcome of a run of many hours, in the process of its own that it is judged in. */
export interface JudgedLongRun {
  readonly verdict: string;
  readonly operations: number;
  readonly windows: number;
  readonly samples: number;
  /** CPU time for judging it, putting the result together and formatting it. */
  readonly judgedCpuMs: number;
  readonly textBytes: number;
  readonly memoryBytes: number;
}

const operationsPerSecond = 25;

/** Records a number of seconds of a simulated clock, with the parts that a run records with. */
function record(durationSecs: number, random: Random) {
  const windowMs = windowMsFor(durationSecs);
  const collector = new Collector(windowMs);
  const sending = new SendingTime(createSendingMemory(), 0);
  sending.endAt(durationSecs * 1000);
  const counters = new Float64Array(counterSlots);
  const recorder = new WindowRecorder({
    counters,
    startMs: 0,
    windowMs,
    sending,
    onWindow: (window) => collector.add(0, window),
  });
  const perEntry = secondsPerSample(windowMs);
  const generator = new SampleList<GeneratorSample>(perEntry, mergeGeneratorSamples);
  const server = new SampleList<ServerSample>(perEntry, mergeServerSamples);
  for (let second = 0; second < durationSecs; second += 1) {
    for (let operation = 0; operation < operationsPerSecond; operation += 1) {
      recorder.record({
        endMs: 1000 * second + (1000 * operation) / operationsPerSecond,
        latencyUs: 500 + 20_000 * random() ** 4,
        serviceUs: undefined,
        lookup: random() < 0.75 ? 'hit' : 'miss',
        failure: undefined,
        readBytes: 100,
        writtenBytes: 0,
        retries: 0,
        suspect: false,
      });
    }
    generator.add(generatorSampleAt(second * 1000, random));
    server.add(serverSampleAt(second * 1000, random));
  }
  recorder.finish(durationSecs * 1000);
  return { collector, windowMs, generator, server };
}

function generatorSampleAt(atMs: number, random: Random): GeneratorSample {
  return {
    atMs,
    cpuCores: 0.4,
    memoryBytes: 120e6,
    loopDelayP99Ms: 3,
    // Once in a quarter of an hour the generator pauses for a moment.
    loopDelayMaxMs: random() < 1 / 900 ? 150 : 5,
    machineCpu: 0.5,
    machineOtherCpu: 0.05,
    machineSteal: 0,
    machineStealMost: 0,
  };
}

function serverSampleAt(atMs: number, random: Random): ServerSample {
  return {
    atMs,
    memoryBytes: 90e6 + 5e6 * random(),
    residentBytes: 110e6,
    cpuMs: atMs * 0.3,
    evictedEntries: 0,
  };
}

async function judgeLongRun(durationSecs: number): Promise<JudgedLongRun> {
  const { collector, windowMs, generator, server } = record(durationSecs, createRandom(1, 0));
  const durationMs = durationSecs * 1000;
  const made = buildMeasurement({ durationMs: 1000 });
  const measurement = {
    ...made,
    durationMs,
    sendingMs: durationMs,
    windowMs,
    windows: collector.windows(durationMs),
    totals: collector.totals,
    generator: { ...made.generator, samples: generator.samples },
    server: { ...made.server, samples: server.samples },
  };
  const config = resolveConfig({ numClients: 20, durationSecs, requestsPerClient: 0 });
  const environment = await readEnvironment();
  const from = process.cpuUsage();
  const verdict = judge(measurement, config);
  const text = formatResult(assembleResult({ measurement, config, verdict, environment }));
  const { user, system } = process.cpuUsage(from);
  return {
    verdict: verdict.verdict,
    operations: measurement.totals.total,
    windows: measurement.windows.length,
    samples: generator.samples.length + server.samples.length,
    judgedCpuMs: (user + system) / 1000,
    textBytes: text.length,
    memoryBytes: process.memoryUsage.rss(),
  };
}

process.send?.(await judgeLongRun(Number(process.argv[2])));

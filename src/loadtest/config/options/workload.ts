import { usableCores } from '../../../core/index.ts';
import {
  defaultZipfExponent,
  type KeyDistribution,
  keysForm,
  parseKeys,
  parseSizes,
  type SizeDistribution,
  showKeys,
  showSizes,
  sizesForm,
} from './distributions.ts';
import { meaning, milliseconds, range, seconds, secondsFrom, share, size, whole } from './kinds.ts';
import { option } from './option.ts';
import type { DefaultContext } from './run-parts.ts';

const workingSetBytesMost = 256 * 2 ** 20;

/** What is asked for and stored, and who makes it. */
export const workloadOptions = {
  sizes: option(
    meaning<number | string | SizeDistribution, SizeDistribution>(sizesForm, parseSizes, showSizes),
    {
      flag: '--size <sizes>',
      default: { kind: 'build-cache' },
      defaultText: 'build-cache',
      about: '1KiB, or with weights 1KiB:80,64KiB:20',
      fullAbout: 'how large artifacts are, such as 1KiB or with weights 1KiB:80,64KiB:20',
      setByTrace: true,
      recordedAs: 'sizes',
      comparable: 'sizes',
    },
  ),
  keys: option(meaning<string | KeyDistribution, KeyDistribution>(keysForm, parseKeys, showKeys), {
    flag: '--keys <how>',
    default: { kind: 'zipf', exponent: defaultZipfExponent },
    about: 'zipf, zipf:1.1 or uniform over the working set',
    fullAbout: 'how keys of the working set are picked: zipf, zipf:1.1 or uniform',
    setByTrace: true,
    recordedAs: 'keys',
    comparable: 'keys',
  }),
  workingSetKeys: option(whole(1, 10_000_000), {
    flag: '--working-set <n>',
    default: 1_000,
    about: 'keys stored before the run',
    setByTrace: true,
    recordedAs: 'working_set_keys',
    comparable: { as: 'working set', text: (keys: number) => `${keys} keys` },
  }),
  workingSetBytesMax: option(size(), {
    flag: '--working-set-bytes <size>',
    // Half of what may be stored at all, so that misses find room too.
    default: ({ maxStoredBytes }) => Math.min(workingSetBytesMost, Math.ceil(maxStoredBytes / 2)),
    defaultText: '256MiB',
    about: 'limit on the bytes of the working set',
    setByTrace: true,
    recordedAs: 'working_set_bytes_max',
    comparable: { as: 'working set', text: (bytes: number) => `${bytes} bytes at most` },
  }),
  warmupTimeoutSecs: option(seconds(86_400), {
    flag: '--warmup <s>',
    default: 120,
    about: 'warm-up deadline',
    fullAbout: 'deadline for storing the working set',
    recordedAs: 'warmup_timeout_secs',
    comparable: false,
  }),
  warmupReadSecs: option(secondsFrom(0, 86_400), {
    flag: '--warmup-reads <s>',
    default: 0,
    about: 'read stored keys for this long before the measured part',
    fullAbout:
      'how long stored keys are read before the measured part; no figure includes these reads',
    setByTrace: true,
    recordedAs: 'warmup_read_secs',
    absentMeans: 0,
    comparable: { as: 'warm-up reads', text: (secs: number) => `${secs} s` },
  }),
  compressible: option(range(0, 0.95), {
    flag: '--compressible <share>',
    default: 0,
    about: 'share of the bytes of bodies that compression saves',
    recordedAs: 'compressible',
    absentMeans: 0,
    comparable: { as: 'compressible share', text: String },
  }),
  buildTimeMs: option(milliseconds(3_600_000), {
    flag: '--build-time <ms>',
    default: 0,
    about: 'think time of a missed step; 50ms, 2s; plain: ms',
    fullAbout: 'think time of a step whose lookup missed',
    setByTrace: true,
    recordedAs: 'build_time_ms',
    comparable: 'build time',
  }),
  rereadShare: option(share(), {
    flag: '--reread <share>',
    default: ({ load }) => (load === 'replay' ? 0 : 0.05),
    defaultText: '0.05',
    about: 'share of acknowledged writes that are re-read',
    recordedAs: 'reread_share',
    comparable: 'rereads',
  }),
  seed: option(whole(0, 2 ** 32 - 1), {
    flag: '--seed <n>',
    default: 1,
    about: 'seed of all random choices',
    recordedAs: 'seed',
    comparable: 'seed',
  }),
  workers: option(whole(1, 256), {
    flag: '--workers <n>',
    default: defaultWorkers,
    defaultText: 'half the cores',
    about: 'generator threads',
    fullAbout: 'generator threads; for a remote target all cores but one',
    recordedAs: 'workers',
    comparable: 'generator threads',
  }),
};

/** An embedded server shares the machine and gets the other half of it. */
function defaultWorkers({ target, numClients }: DefaultContext): number {
  const cores = usableCores();
  const wanted = target === 'embedded' ? Math.floor(cores / 2) : cores - 1;
  return Math.max(1, Math.min(wanted, numClients, 16));
}

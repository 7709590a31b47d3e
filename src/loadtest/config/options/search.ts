import { range, secondsFrom } from './kinds.ts';
import { option } from './option.ts';

/** The settings of a capacity search, besides the options of its runs. */
export const searchOptions = {
  startRate: option(range(1, 1_000_000), {
    flag: '--start-rate <ops>',
    default: 50,
    about: 'the first and lowest rate',
  }),
  maxRate: option(range(1, 1_000_000), {
    flag: '--max-rate <ops>',
    default: 100_000,
    about: 'the highest rate',
  }),
  stepDurationSecs: option(secondsFrom(0.5, 3_600), {
    flag: '--step-duration <s>',
    default: 5,
    about: 'hold each rate at least this long, at most three times as long',
  }),
  resolution: option(range(0.005, 1), {
    flag: '--resolution <share>',
    default: 0.05,
    about: 'end when the bracket is this narrow, 0.05 = 5 %',
  }),
  searchDurationMaxSecs: option(secondsFrom(1, 86_400), {
    flag: '--search-time <s>',
    default: 900,
    defaultText: '15m',
    about: 'no further rate starts after this',
  }),
  stepsMax: option(range(1, 1_000), {
    default: 40,
    about: 'maximum number of runs',
  }),
};

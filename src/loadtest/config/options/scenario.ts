import { z } from 'zod';
import { number, text } from './kinds.ts';
import { option } from './option.ts';

/** A run as one of a collection. */
export const scenarioOptions = {
  name: option(
    text('a name of 1 to 100 characters', (value) => value.length > 0 && value.length <= 100),
    { about: "a scenario's name, shown in the report and recorded", composed: true },
  ),
  scale: option(number('a number above 0, up to 10', 0, 10, 'above'), {
    flag: '--scale <factor>',
    default: 1,
    defaultText: '',
    about: 'multiply durations, 0.1 for a quick check; recorded',
    fullAbout: 'factor for durations, 0.1 for a quick check; recorded',
    composed: true,
    setByTrace: true,
    recordedAs: { as: 'scale', schema: z.number().min(0), of: ({ scale }) => scale ?? 1 },
    comparable: false,
  }),
};

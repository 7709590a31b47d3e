import type { FlagDeclaration, Option, Options } from './option.ts';

/** A flag in commander's syntax, with its line of help. */
export type HelpedFlag = readonly [flag: string, about: string, repeatable: boolean];

/** The flags of options in their order. `about` replaces the text of an option. */
export function flagsOf<const O extends Options>(
  options: O,
  about: Partial<Record<keyof O, string>> = {},
): HelpedFlag[] {
  return Object.entries(options).flatMap(([key, option]) =>
    flagDeclarationsOf(option).map(
      ({ flag, about: own, repeatable = false }): HelpedFlag => [
        flag,
        about[key as keyof O] ?? own,
        repeatable,
      ],
    ),
  );
}

function flagDeclarationsOf(option: Option): readonly FlagDeclaration[] {
  const { flag, flags = [], about, repeatable } = option;
  if (flag === undefined) return flags;
  return [{ flag, about: `${about}${helpedDefault(option)}`, ...(repeatable && { repeatable }) }];
}

function helpedDefault(option: Option): string {
  const text = defaultTextOf(option);
  if (text === '') return '';
  // Words are distinguished from a value that could be typed.
  return option.defaultText === undefined || /^\d/.test(text)
    ? ` (default ${text})`
    : ` (default: ${text})`;
}

/** An option's default as help and documentation show it; '' where there is none to show. */
export function defaultTextOf(option: Option): string {
  if (option.defaultText !== undefined) return option.defaultText;
  const value = option.default;
  return value === undefined || typeof value === 'function' || typeof value === 'boolean'
    ? ''
    : option.show(value);
}

/** How a message calls an option where the user writes flags. */
export function flagLabelOf(key: string, { label, flag }: Option): string {
  return label ?? flag?.split(' ')[0] ?? key;
}

/** As commander keeps a flag's value: `--max-in-flight <n>` under `maxInFlight`. */
export function flagNameOf(flag: string): string {
  const [word = ''] = flag.split(' ');
  return word.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * What flags give for options. Texts that are not what an option takes are handed on as they are,
 * so that the check can show them.
 */
export function readFlags(options: Options, flags: object): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = { ...flags };
  const given: Record<string, unknown> = {};
  for (const [key, { flag, fromFlag }] of Object.entries(options)) {
    const value = flag === undefined ? undefined : values[flagNameOf(flag)];
    if (value !== undefined) given[key] = fromFlag(value as string);
  }
  return given;
}

/** What commander makes of the flags of options: texts as they were typed. */
export type FlagValues<O> = {
  readonly [F in FlagsIn<O> as NameOf<F['flag']>]?: ValueOf<F>;
};

type FlagsIn<O> = O[keyof O] extends infer Each
  ? Each extends { readonly flag: string }
    ? Each
    : Each extends { readonly flags: readonly (infer F)[] }
      ? F extends { readonly flag: string }
        ? F
        : never
      : never
  : never;

type ValueOf<F> = F extends { readonly repeatable: true }
  ? readonly string[]
  : F extends { readonly flag: `${string} <${string}` }
    ? string
    : true;

type NameOf<Flag extends string> = Flag extends `--${infer Word} ${string}`
  ? Camel<Word>
  : Flag extends `--${infer Word}`
    ? Camel<Word>
    : never;

type Camel<Word extends string> = Word extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Word;

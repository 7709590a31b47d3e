import type { z } from 'zod';
import type { Kind } from './kinds.ts';
import type { ComposedParts, DefaultContext } from './run-parts.ts';

/**
 * One option of a load test, with everything about it in one place. Its key in a scenario file
 * and in `LoadTestConfig` is the name under which it is declared. The types, the checks, the
 * defaults, the flags, the help, what a result file records, what a comparison compares and the
 * table in docs/loadtest.md follow from it.
 */
export interface Declaration<Value> extends Spelling {
  /** What it is where nobody says; without one it stays out. */
  readonly default?: Value | ((known: DefaultContext) => Value);
  /** The default in words, where the value itself does not say it. */
  readonly defaultText?: string;
  readonly about: string;
  /** For readers of the documentation and of a result file, where the line of help needs its neighbours. */
  readonly fullAbout?: string;
  /** Several options make one part of the resolved configuration, so it has no key of its own there. */
  readonly composed?: true;
  /** A trace that is replayed brings its own. */
  readonly setByTrace?: true;
  /** Each scenario of the suite brings its own. */
  readonly setByScenario?: true;
  /** Its value may be a secret, and is never shown in a message. */
  readonly mayBeSecret?: true;
  /** Has no place in a file that may be committed. */
  readonly notInFiles?: true;
  /** The key under which a result file holds it, with how where it is not simply the value. */
  readonly recordedAs?: string | RecordedPart;
  /** What a result file holds that was written before there was this option, as it is recorded. */
  readonly absentMeans?: unknown;
  /**
   * How a comparison of runs names it, since runs in which it differs can't be compared; `false`:
   * it may differ. Options with one name are listed together.
   */
  readonly comparable?: string | false | Comparison;
}

/** How an option is written on the command line. */
interface Spelling {
  /** In commander's syntax: `--clients <n>`. Without one: library and files only. */
  readonly flag?: string;
  /** The flag may be given several times. */
  readonly repeatable?: true;
  /** Several flags that fill one key. The command line reads them itself. */
  readonly flags?: readonly FlagDeclaration[];
  /** How messages call it, where that is not its one flag. */
  readonly label?: string;
}

export interface FlagDeclaration {
  readonly flag: string;
  readonly about: string;
  readonly repeatable?: true;
}

/** A value of the result file that is read off the resolved configuration. */
interface RecordedPart {
  readonly as: string;
  readonly schema: z.ZodType;
  of(parts: ComposedParts): unknown;
}

interface Comparison {
  readonly as: string;
  /** The recorded value as messages show it; '' is left out. Equal texts are equal conditions. */
  text(value: never, recorded: ComparedFields): string;
}

/** What texts of other options depend on. */
export interface ComparedFields {
  readonly requests_per_client: number;
  readonly stages: readonly unknown[];
}

/**
 * A declaration that is recorded also says whether it is compared, so that nobody forgets to decide
 * it.
 */
type Decided<D> = D extends { readonly recordedAs: unknown }
  ? D extends { readonly comparable: unknown }
    ? unknown
    : { readonly comparable: string | false | Comparison }
  : unknown;

/** An option of any kind, for what goes over all of them. */
export type Option = Kind<unknown, unknown, z.ZodType> & Declaration<unknown>;

/** Options by their keys. */
export type Options = Readonly<Record<string, Option>>;

/** Declares an option: the kind says which values it takes and how they are written. */
export function option<
  Given,
  Value,
  Recorded extends z.ZodType,
  const D extends Declaration<Value>,
>(
  kind: Kind<Given, Value, Recorded>,
  declaration: D & Decided<D>,
): Kind<Given, Value, Recorded> & D {
  return { ...kind, ...declaration };
}

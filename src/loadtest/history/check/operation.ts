/** What one client asked of one key, and what it learned: all that the checker knows of a run. */
export type Operation = WriteOperation | ReadOperation;

interface Asked {
  readonly client: number;
  /** The place of the server in the history's list. */
  readonly node: number;
  readonly key: string;
  /** When it was sent, in ms of the run. */
  readonly invokedMs: number;
  /** When its answer was complete, or the client gave up. */
  readonly endedMs: number;
}

export interface WriteOperation extends Asked {
  readonly kind: 'write';
  /** The value's name; no two writes of a register have the same. */
  readonly value: string;
  /**
   * `ok`: acknowledged. `failed`: not sent, or refused for good, so it never takes effect. `unknown`:
   * no answer, or one that does not say: it may take effect at any time after it was sent, or never.
   */
  readonly outcome: 'ok' | 'failed' | 'unknown';
  /** Why it is not `ok`. */
  readonly why?: string | undefined;
}

export type ReadOperation = Asked & { readonly kind: 'read' } & ReadOutcome;

/** What a read brought. */
export type ReadOutcome =
  | { readonly outcome: 'value'; readonly value: string }
  | { readonly outcome: 'miss' }
  /** Bytes that are not those of one value of this key. */
  | { readonly outcome: 'corrupt'; readonly fault: ByteFault; readonly why: string }
  | { readonly outcome: 'failed'; readonly why: string };

/** The ways in which a body is not a value of its key. */
export const byteFaults = [
  'other key',
  'mixed',
  'altered',
  'cut short',
  'too long',
  'no value',
  'digest',
] as const;

export type ByteFault = (typeof byteFaults)[number];

/**
 * `register`: each write replaces the value. `content`: the key is the digest of the only value that
 * it can have.
 */
export type KeyKind = 'register' | 'content';

/** How many entries the store had evicted at some moment between question and answer. */
export interface EvictionSample {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly evictedEntries: number;
}

export const faultKinds = ['kill', 'stop', 'reload', 'failover'] as const;

/** Something that happened to a server, or to what it stores in, while the history was recorded. */
export interface FaultEvent {
  /** `failover` is one of the shared store's Redis, and may lose what was written last. */
  readonly kind: (typeof faultKinds)[number];
  readonly fromMs: number;
  readonly untilMs: number;
  /** What was done, for a reader. */
  readonly what: string;
}

/** A recorded run. All times are those of one clock. */
export interface History {
  /** The wall clock's time at 0 ms of the run. */
  readonly startedAtMs: number;
  readonly software: string;
  readonly seed: number;
  /** URLs. */
  readonly nodes: readonly string[];
  /** What was asked for while it ran; without faults, `[]`. */
  readonly plannedFaults: readonly string[];
  readonly keys: Readonly<Record<string, KeyKind>>;
  readonly operations: readonly Operation[];
  readonly evictions: readonly EvictionSample[];
  readonly faults: readonly FaultEvent[];
  /** Whether it ended before its time. */
  readonly isInterrupted: boolean;
}

import type { ChildProcess } from 'node:child_process';

/** A process that carries a mark. */
export interface MarkedProcess {
  readonly pid: number;
  /** Its command line. */
  readonly command: string;
  /** The last mark that it carries, and so the innermost program that started it. */
  readonly startedBy: string;
}

/**
 * Names the variable that holds the marks. It is not one of `MEMOBUILD_`: a load test takes those
 * from the server that it starts.
 */
export const marksVariable: string;

/** Names the variable that names the file to which reapers add a line for each process that they had to kill. */
export const reportVariable: string;

/** An environment with one mark more than it had. */
export function withMark(env: NodeJS.ProcessEnv, mark: string): NodeJS.ProcessEnv;

/** Processes alive that carry the mark, this one excepted. Known on Linux only. */
export function markedProcesses(mark: string): Promise<MarkedProcess[]>;

/** Those that have not ended by themselves after `graceMs`. */
export function markedAfter(mark: string, graceMs: number): Promise<MarkedProcess[]>;

/** Kills them, and what they start meanwhile; resolves when none is left. */
export function killMarked(mark: string): Promise<void>;

/** Starts the process that kills what carries the mark once its stdin, a pipe, is closed: at the latest by this process's death. */
export function startReaper(mark: string): ChildProcess;

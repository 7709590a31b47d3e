/** Workers cannot be started at all. */
export class WorkersFailed extends Error {
  override readonly name = 'WorkersFailed';
  /** The system's code, such as `EADDRINUSE`, where it was one. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

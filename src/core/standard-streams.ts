/**
 * From now on the loss of stdout or stderr is the reader's business alone: a pipe that was closed
 * (`| head`), a full disk behind it, a terminal that went away. What can't be written is dropped, and
 * the program goes on to its own end, with its own exit code and files.
 */
export function outliveStandardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => undefined);
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    // A stream that is a file writes synchronously and throws.
    stream.write = (...args: unknown[]): boolean => {
      try {
        return write(...args);
      } catch {
        const callback = args.at(-1);
        if (typeof callback === 'function') process.nextTick(callback);
        return true;
      }
    };
  }
}

/**
 * First path segments that belong to a protocol or to the server itself. They win over a Bazel
 * instance of the same name: what lies below them is never read as an instance's entry.
 */
export class ReservedMounts {
  readonly #names: ReadonlySet<string>;

  /** @param mounts each with its slash, as `/gradle`. */
  constructor(mounts: readonly string[]) {
    this.#names = new Set(mounts.map((mount) => mount.slice(1)));
  }

  /** Whether a path's first segment is reserved. */
  covers(url: string): boolean {
    const end = url.slice(1).search(/[/?#]/);
    return this.#names.has(end < 0 ? url.slice(1) : url.slice(1, end + 1));
  }

  /**
   * Whether a Bazel instance (over HTTP or gRPC) may be called so, as far as mounts and namespaces
   * go: its first segment is not a mount, and has no colon, which the namespaces of tools have.
   */
  allowsInstance(name: string): boolean {
    const end = name.indexOf('/');
    const first = end < 0 ? name : name.slice(0, end);
    return !first.includes(':') && !this.#names.has(first);
  }
}

/** What is used of it. The package has no types of its own. */
declare module 'fs-native-extensions' {
  /** @returns whether the lock was taken; false when somebody else holds it. Does not wait. */
  export function tryLock(
    fd: number,
    offsetBytes: number,
    lengthBytes: number,
    options?: { readonly shared?: boolean },
  ): boolean;
  export function unlock(fd: number, offsetBytes?: number, lengthBytes?: number): void;
}

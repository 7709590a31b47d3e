/** The part of fs-native-extensions that is used here; the package brings no types of its own. */
declare module 'fs-native-extensions' {
  interface LockOptions {
    /** Shared with other shared holders. Default false: exclusive. */
    readonly shared?: boolean;
  }
  /** Locks the whole file without waiting. @returns false when somebody else holds it. */
  export function tryLock(fd: number, options?: LockOptions): boolean;
  export function unlock(fd: number): void;
}

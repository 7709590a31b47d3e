/** What a helper needs of node:test's context: somewhere to leave what must be undone. */
export interface Cleanup {
  after(undo: () => Promise<void> | void): void;
}

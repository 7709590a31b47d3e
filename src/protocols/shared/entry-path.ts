/** What a path names where nothing but entries lies below a mount. */
export type EntryPath =
  | {
      readonly kind: 'entry';
      /** Whose entry it is; absent or empty: everybody's. */
      readonly team?: string;
      readonly key: string;
    }
  /** It lies below the mount, and is wrong. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** It lies elsewhere. */
  | { readonly kind: 'other' };

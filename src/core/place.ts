/** Where one listener listens. */
export type Place =
  | {
      readonly host: string;
      /** 0 = a free one. */
      readonly port: number;
    }
  /** A Unix socket. */
  | { readonly path: string };

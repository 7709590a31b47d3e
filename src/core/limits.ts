/**
 * Largest body that a cache stores by default. Here, because the configuration names it
 * too and must not load the store for it.
 */
export const defaultBlobBytesMax: number = 16 * 2 ** 30;

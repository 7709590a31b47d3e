/**
 * Largest artifact that a load test makes, in bytes: content that decodes to more is not one of
 * them.
 */
export const artifactBytesMax: number = 4 * 2 ** 30;

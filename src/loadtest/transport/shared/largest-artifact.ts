/** Largest artifact that a load test makes, in bytes: content that decodes to more is none of them. */
export const artifactBytesMax: number = 4 * 2 ** 30;

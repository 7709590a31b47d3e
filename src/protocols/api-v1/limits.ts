/** Longest namespace and longest key of a request, in UTF-16 code units. */
export const nameCharsMax = 512;

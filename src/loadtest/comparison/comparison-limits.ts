/** With this many runs per side or more, the exact test over runs decides. */
export const exactRunsMin = 6;

/** Single runs with fewer windows per side are inconclusive. */
export const windowsMin = 30;

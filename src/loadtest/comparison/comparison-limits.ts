/** From this many runs per side the exact test over runs decides. */
export const exactRunsMin = 6;

/** From this many windows a side single runs may tell anything. */
export const windowsMin = 30;

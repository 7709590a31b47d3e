/** What this protocol is called, wherever it is named. */
export const rushName = 'rush';

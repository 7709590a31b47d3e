/** What this protocol is called, wherever it is named. */
export const genericName = 'generic';

/** What the namespaces of its entries begin with, and its metrics. */
export const genericNamespace = 'blobs';

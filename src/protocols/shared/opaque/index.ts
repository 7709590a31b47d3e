export * from './entry-protocol.ts';
export * from './entry-route.ts';
export * from './statuses.ts';

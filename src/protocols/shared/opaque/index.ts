export * from './entry-route.ts';
export * from './statuses.ts';

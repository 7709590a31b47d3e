export * from './capacity-config.ts';
export * from './find-capacity.ts';
export * from './ramp-clients.ts';

export { type FastPathHost, keepAliveProbeMs, type ServedRequest } from './fast-connection.ts';
export { FastPath, type FastPathOptions } from './fast-path.ts';
export { putInFront } from './in-front.ts';

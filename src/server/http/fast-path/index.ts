export { clientClosedRequest, keepAliveProbeMs } from './fast-connection.ts';
export { FastPath, type FastPathOptions } from './fast-path.ts';
export { fastHeadBytesMax } from './head-parser.ts';
export type { FastPathHost, Grant, ServedRequest } from './host.ts';
export { putInFront } from './in-front.ts';

export { FastConnection, type FastPathHost, type ServedRequest } from './fast-connection.ts';
export { FastPath, type FastPathOptions } from './fast-path.ts';

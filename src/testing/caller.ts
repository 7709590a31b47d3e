import type { Caller } from '../cache/index.ts';

/** Somebody who may do everything, in a namespace. */
export function callerOf(namespace = ''): Caller {
  return { principal: { name: 'test', scope: 'write' }, namespace, protocol: 'test' };
}

import { reservedMounts } from './reserved-mounts.ts';
import { httpProtocols } from './server-protocols.ts';
import type { HttpParts } from './shared/server-descriptor.ts';
import type { Protocol } from './shared/universal.ts';

/** Makes the handlers of all protocols over HTTP, in the order in which they should be asked. */
export function createHttpProtocols(parts: Omit<HttpParts, 'reserved'>): readonly Protocol[] {
  const all: HttpParts = { ...parts, reserved: reservedMounts };
  return httpProtocols.map((protocol) => protocol.create(all));
}

import { z } from 'zod';
import { amount, measured, type ReadonlyDeep } from './fields.ts';

export const connectionsSchema = z
  .object({
    most: measured(
      'maximum number of connections; null: closed loop, in which each client has its own',
    ),
    opened: amount('how many were opened'),
    busy_most: amount('open loop: highest number in use at once'),
    all_busy_ms: amount('open loop: time in which operations waited because all were busy'),
    calm_service_ms: measured(
      'open loop: median time at the target of operations sent while at most a quarter of them were in use',
    ),
    all_busy_service_ms: measured(
      'open loop: mean time for which an operation held its connection while all were busy; null: none ended then',
    ),
    stale: amount('requests sent again because their kept connection had been closed'),
    back_offs: amount('pauses of clients that got no connection'),
    back_off_ms: amount('length of these pauses, all clients'),
  })
  .describe('how the connections to the target were used');

/** How a run's connections were used. */
export type ConnectionsResult = ReadonlyDeep<z.infer<typeof connectionsSchema>>;

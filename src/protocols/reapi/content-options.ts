import type { ReservedMounts } from '../shared/mounts.ts';
import type { Blobs } from './blobs.ts';
import type { ReapiLimits } from './limits.ts';

/** What the methods of the content store work with. */
export interface ContentOptions {
  readonly blobs: Blobs;
  readonly limits: ReapiLimits;
  readonly reserved: ReservedMounts;
}

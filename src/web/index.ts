export type { EventStreamLimits, Feed, FeedUpdate } from './http/event-stream.ts';
export {
  defaultPageHost,
  type PageServer,
  PageServerError,
  type PageServerOptions,
  startPageServer,
} from './http/page-server.ts';
export { PastRuns } from './past-runs/past-runs.ts';
export { RunFeed, type RunFeedOptions } from './run/feed.ts';
export { ServerFeed, type ServerSource } from './server/feed.ts';
export type { ServerSample } from './server/state.ts';

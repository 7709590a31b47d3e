export type { EventStreamLimits, Feed, FeedUpdate } from './event-stream.ts';
export {
  defaultPageHost,
  type PageServer,
  PageServerError,
  type PageServerOptions,
  startPageServer,
} from './page-server.ts';
export { PastRuns } from './past-runs.ts';
export { RunFeed, type RunFeedOptions } from './run-feed.ts';
export { ServerFeed, type ServerSource } from './server-feed.ts';
export type { ServerSample } from './server-state.ts';

/** What metrics call a request. */
export interface RouteNames {
  readonly name: string;
  readonly operation: string;
}

/** The names of the requests that make up a build's load. The fast path serves these and no others. */
export const bazelRoutes: Readonly<
  Record<'ac' | 'cas', Readonly<Record<'GET' | 'HEAD' | 'PUT', RouteNames>>>
> = {
  ac: {
    GET: { name: 'ac', operation: 'ac_get' },
    HEAD: { name: 'ac', operation: 'ac_head' },
    PUT: { name: 'ac', operation: 'ac_put' },
  },
  cas: {
    GET: { name: 'cas', operation: 'cas_get' },
    HEAD: { name: 'cas', operation: 'cas_head' },
    PUT: { name: 'cas', operation: 'cas_put' },
  },
};

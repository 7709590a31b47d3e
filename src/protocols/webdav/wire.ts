import { parseToolPath } from '../shared/tool-path.ts';

export const webdavMount = '/dav';

/** What a path of the form `/dav/<path…>` names; one that ends with a slash is a collection. */
export type WebdavPath =
  | { readonly kind: 'entry'; readonly key: string }
  | { readonly kind: 'collection' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'other' };

/** Reads a request's path. */
export function parseWebdavPath(url: string): WebdavPath {
  const path = parseToolPath(url, webdavMount);
  if (path.kind !== 'path') return path;
  if (path.query !== '') return { kind: 'invalid', reason: 'a path below /dav may have no query' };
  if (path.isCollection) return { kind: 'collection' };
  return { kind: 'entry', key: path.segments.join('/') };
}

/** What PROPFIND answers about one resource. */
export type DavResource =
  | { readonly kind: 'collection' }
  | { readonly kind: 'entry'; readonly sizeBytes: number; readonly storedAtMs: number };

/**
 * A `207 Multi-Status` body (RFC 4918, 9.1) on one resource. `getlastmodified` is always there, in
 * the form of RFC 2822, since sccache's client needs both.
 */
export function multistatus(href: string, resource: DavResource): string {
  const isCollection = resource.kind === 'collection';
  const modifiedMs = isCollection ? 0 : resource.storedAtMs;
  const properties = [
    `<D:resourcetype>${isCollection ? '<D:collection/>' : ''}</D:resourcetype>`,
    `<D:getlastmodified>${new Date(modifiedMs).toUTCString()}</D:getlastmodified>`,
    ...(isCollection
      ? []
      : [
          `<D:getcontentlength>${resource.sizeBytes}</D:getcontentlength>`,
          '<D:getcontenttype>application/octet-stream</D:getcontenttype>',
        ]),
  ];
  return `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:"><D:response><D:href>${escapeXml(href)}</D:href><D:propstat><D:prop>${properties.join('')}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>
`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

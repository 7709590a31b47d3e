import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSuiteServer } from '../../testing/start-suite-server.ts';
import { describeRecorded, type RecordedExchange } from './index.ts';

// What test/clients/record.ts wrote down of real tools.
const dir = join(import.meta.dirname, 'recorded');
for (const file of readdirSync(dir)) {
  const exchanges = JSON.parse(readFileSync(join(dir, file), 'utf8')) as RecordedExchange[];
  describeRecorded(file.replace('.json', ''), exchanges, startSuiteServer);
}

/** Method, path, headers, body, status, answer. */
type Line = readonly [string, string, Record<string, string>, string, number, string];

function dialogue(name: string, lines: readonly Line[]): void {
  const exchanges = lines.map(([method, path, headers, body, status, answer]) => ({
    method,
    path,
    headers:
      body === '' ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    body: Buffer.from(body).toString('base64'),
    status,
    answer: Buffer.from(answer).toString('base64'),
  }));
  describeRecorded(name, exchanges, startSuiteServer);
}

// The tools below cannot be run here: their dialogues are written after their sources.

const propfind =
  '<?xml version="1.0" encoding="utf-8" ?><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>';
const depth = { depth: '0', 'content-type': 'application/xml' };
const key = 'f'.repeat(64);
const collection = (path: string): string => `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:"><D:response><D:href>${path}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype><D:getlastmodified>Thu, 01 Jan 1970 00:00:00 GMT</D:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>
`;

// opendal's webdav service, which sccache uses: the probe, a miss, a store with its parents, a hit.
dialogue('sccache (webdav)', [
  ['GET', '/dav/prefix/.sccache_check', {}, '', 404, ''],
  ['PROPFIND', '/dav/prefix/', depth, propfind, 207, collection('/dav/prefix/')],
  ['PUT', '/dav/prefix/.sccache_check', {}, 'Hello, World!', 201, ''],
  ['GET', `/dav/prefix/f/f/f/${key}`, {}, '', 404, ''],
  ['PROPFIND', '/dav/prefix/f/f/f/', depth, propfind, 207, collection('/dav/prefix/f/f/f/')],
  ['MKCOL', '/dav/prefix/f/f/f/', {}, '', 201, ''],
  ['PUT', `/dav/prefix/f/f/f/${key}`, {}, 'object file', 201, ''],
  ['GET', `/dav/prefix/f/f/f/${key}`, {}, '', 200, 'object file'],
  ['PROPFIND', `/dav/prefix/f/f/f/${'e'.repeat(64)}`, depth, propfind, 404, ''],
  ['DELETE', `/dav/prefix/f/f/f/${key}`, {}, '', 204, ''],
  ['GET', `/dav/prefix/f/f/f/${key}`, {}, '', 404, ''],
]);

const rushId = '/rush/team-@scope+app/_phase_build-0123456789abcdef0123456789abcdef01234567';
dialogue('rush', [
  ['GET', rushId, { authorization: 'Bearer x' }, '', 404, ''],
  ['PUT', rushId, { authorization: 'Bearer x' }, 'tar', 200, ''],
  ['GET', rushId, { authorization: 'Bearer x' }, '', 200, 'tar'],
]);

const module = '/maven/v1.1/org.example/app/8f2a11c04be2b3aa';
dialogue('maven', [
  ['GET', `${module}/buildinfo.xml`, {}, '', 404, ''],
  ['MKCOL', `${module}/`, {}, '', 201, 'created\n'],
  ['PUT', `${module}/app.jar`, {}, 'jar', 201, ''],
  ['PUT', `${module}/buildinfo.xml`, {}, '<build/>', 201, ''],
  ['HEAD', `${module}/buildinfo.xml`, {}, '', 200, ''],
  ['GET', `${module}/buildinfo.xml.sha1`, {}, '', 404, ''],
  ['GET', `${module}/buildinfo.xml`, {}, '', 200, '<build/>'],
  ['GET', `${module}/app.jar`, {}, '', 200, 'jar'],
]);

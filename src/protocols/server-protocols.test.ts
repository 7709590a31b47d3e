import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createHandlers } from './conformance/create-handlers.ts';
import { loadProtocols } from './load-protocols.ts';
import { mounts, reservedMounts } from './reserved-mounts.ts';
import { httpProtocols, serverProtocols } from './server-protocols.ts';
import { serverPaths } from './shared/server-paths.ts';
import { toolOf } from './tool-of.ts';

const docs = join(import.meta.dirname, '../../docs');
const hash = 'a'.repeat(64);

const handlers = createHandlers();

/** Which protocols answer for a path. */
function answering(method: string, url: string): string[] {
  return httpProtocols
    .filter((_, index) => handlers[index]!.route(method, url) !== undefined)
    .map(({ name }) => name);
}

test('each folder of a protocol is in one of the lists', async () => {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['conformance', 'shared'].includes(entry.name))
    .map(({ name }) => name);
  assert.ok(folders.length > 10);
  let found = 0;
  for (const folder of folders) {
    const [served, ...moreServed] = serverProtocols.filter(
      of(await exportsOf(folder, 'descriptor')),
    );
    const [driven, ...moreDriven] = loadProtocols.filter(
      of(await exportsOf(folder, 'load-descriptor')),
    );
    assert.deepEqual([...moreServed, ...moreDriven], [], `${folder} has one descriptor of a kind`);
    const lacksServer = driven?.noServer ?? '';
    const lacksClient = served?.noLoadClient ?? '';
    assert.equal(served === undefined, lacksServer !== '', `${folder}: descriptor.ts, or noServer`);
    assert.equal(
      driven === undefined,
      lacksClient !== '',
      `${folder}: load-descriptor.ts, or noLoadClient`,
    );
    if (served !== undefined && driven !== undefined) assert.equal(served.name, driven.name);
    found += Number(served !== undefined) + Number(driven !== undefined);
  }
  assert.equal(found, serverProtocols.length + loadProtocols.length, 'each is in a folder');
});

test('names, mounts and namespaces are distinct', () => {
  const names = serverProtocols.map(({ name }) => name);
  const namespaces = serverProtocols.flatMap(({ namespace }) => namespace ?? []);
  for (const all of [names, mounts, namespaces]) assert.deepEqual(all, [...new Set(all)]);
  for (const mount of mounts) assert.match(mount, /^\/[a-z\d]+$/);
  for (const namespace of namespaces) assert.equal(toolOf(`${namespace}:team`), namespace);
  assert.equal(toolOf('nobody:team'), undefined);
  assert.equal(toolOf('team'), undefined);
});

for (const { name, mounts: own, sharedMounts = [], namespace, examples } of httpProtocols) {
  test(`${name} answers for its mounts, and nobody else does`, () => {
    for (const mount of own) {
      assert.ok(reservedMounts.covers(`${mount}/x`));
      assert.deepEqual(answering('GET', `${mount}/ac/${hash}`), [name]);
    }
    for (const { prefix, keys, query = '', storeMethod = 'PUT' } of examples) {
      const url = `${prefix}/${keys[0]}${query}`;
      assert.deepEqual(answering(storeMethod, url), [name]);
      const handler = handlers[httpProtocols.findIndex((each) => each.name === name)]!;
      const touched = handler.route(storeMethod, url)?.resource;
      assert.equal(touched?.action, 'write');
      const [tool, team] = String(touched.namespace).split(':');
      assert.equal(
        team === undefined ? undefined : tool,
        namespace,
        'its entries are in its namespace',
      );
      if (namespace !== undefined) {
        assert.ok([...own, ...sharedMounts].includes(`/${prefix.split('/')[1]}`), 'its mount');
      }
    }
  });
}

test('no protocol answers for what belongs to the server itself', () => {
  for (const path of Object.values(serverPaths)) {
    for (const url of [path, `${path}/ac/${hash}`]) assert.deepEqual(answering('GET', url), []);
  }
});

describe('each protocol has a page', () => {
  const overview = readFileSync(join(docs, 'clients/README.md'), 'utf8');
  for (const { name, docsPage, answers } of serverProtocols) {
    test(`${name}: docs/${docsPage}`, () => {
      assert.ok(existsSync(join(docs, docsPage)));
      const link = docsPage.replace(/^clients\//, '');
      if (link !== docsPage) assert.ok(overview.includes(`(${link})`), 'the overview links to it');
      const page = readFileSync(join(docs, docsPage), 'utf8');
      assert.equal(page.includes(`<!-- answers: ${name} -->`), answers !== undefined);
    });
  }
});

/** What a folder's file exports: nothing, if the file does not exist. */
async function exportsOf(folder: string, file: string): Promise<unknown[]> {
  const path = join(import.meta.dirname, folder, `${file}.ts`);
  return existsSync(path) ? Object.values((await import(path)) as object) : [];
}

function of(exported: readonly unknown[]): (listed: unknown) => boolean {
  return (listed) => exported.includes(listed);
}

test('docs/serve.md names the first segments that no namespace of Bazel can have, and no other', () => {
  const page = readFileSync(join(docs, 'serve.md'), 'utf8');
  const [sentence] = /The first segments .* are reserved/.exec(page) ?? [''];
  const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, segment]) => `/${segment}`);
  assert.deepEqual(named.sort(), [...mounts].sort());
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { type RunningReapi, startReapi } from '../../testing/start-reapi.ts';
import {
  Capabilities,
  RequestMetadataSchema,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { parseRequestMetadata, requestMetadataHeader } from './request-metadata.ts';

describe('Capabilities', () => {
  const clients = [
    { toolName: 'bazel', toolVersion: '4.2.3', isTold: true },
    { toolName: 'bazel', toolVersion: '5.4.1- (@non-git)', isTold: true },
    { toolName: 'bazel', toolVersion: 'no_version', isTold: true },
    { toolName: 'bazel', toolVersion: '6.0.0', isTold: false },
    { toolName: 'bazel', toolVersion: '10.1.0', isTold: false },
    { toolName: 'buck2', toolVersion: '', isTold: false },
  ];
  for (const { toolName, toolVersion, isTold } of clients) {
    test(`${toolName} ${toolVersion} is answered ${isTold} by a server that takes no writes`, async (t) => {
      const server = await startReapi(t, { readOnly: true });
      assert.equal(await updateEnabled(server, toolName, toolVersion), isTold);
    });
  }

  test('a server that takes writes says so to everybody', async (t) => {
    const server = await startReapi(t);
    for (const { toolName, toolVersion } of clients) {
      assert.equal(await updateEnabled(server, toolName, toolVersion), true);
    }
  });
});

describe('request metadata', () => {
  test('what a client says of itself is read, and nonsense is nothing', () => {
    const metadata = create(RequestMetadataSchema, {
      toolDetails: { toolName: 'bazel', toolVersion: '7.1.0' },
      toolInvocationId: 'run',
      actionId: 'step',
    });
    const text = Buffer.from(toBinary(RequestMetadataSchema, metadata)).toString('base64');
    assert.deepEqual(parseRequestMetadata(text), {
      toolName: 'bazel',
      toolVersion: '7.1.0',
      invocationId: 'run',
      actionId: 'step',
    });
    assert.equal(parseRequestMetadata(undefined), undefined);
    assert.equal(parseRequestMetadata('/////w=='), undefined);
    assert.equal(parseRequestMetadata('A'.repeat(10_000)), undefined);
  });
});

async function updateEnabled(
  { client }: RunningReapi,
  toolName: string,
  toolVersion: string,
): Promise<boolean | undefined> {
  const metadata = create(RequestMetadataSchema, { toolDetails: { toolName, toolVersion } });
  const bytes = Buffer.from(toBinary(RequestMetadataSchema, metadata));
  const options = { metadata: { [requestMetadataHeader]: bytes } };
  const { cacheCapabilities } = await client.unary(
    Capabilities.method.getCapabilities,
    {},
    options,
  );
  return cacheCapabilities?.actionCacheUpdateCapabilities?.updateEnabled;
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { startReapi } from '../../testing/start-reapi.ts';
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../shared/protobuf/generated/reflection.pb.ts';

describe('server reflection', () => {
  for (const version of ['v1', 'v1alpha']) {
    test(`${version} lists the services and their descriptors`, async (t) => {
      const server = await startReapi(t);
      const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
      const ask = (messageRequest: ServerReflectionRequest['messageRequest']) =>
        new Promise<ServerReflectionResponse>((resolve, reject) => {
          const call = server.client.bothStreams(
            ServerReflection.method.serverReflectionInfo,
            path,
          );
          call.on('data', resolve).on('error', reject);
          call.write({ messageRequest });
          call.end();
        });
      const { messageResponse: list } = await ask({ case: 'listServices', value: '' });
      assert.equal(list.case, 'listServicesResponse');
      const services = list.value?.service.map(({ name }) => name) ?? [];
      assert.ok(services.includes('google.bytestream.ByteStream'));
      for (const service of services) {
        const { messageResponse: files } = await ask({
          case: 'fileContainingSymbol',
          value: service,
        });
        assert.equal(files.case, 'fileDescriptorResponse');
        const file = (files.value?.fileDescriptorProto ?? []).map((bytes) =>
          fromBinary(FileDescriptorProtoSchema, bytes),
        );
        const set = create(FileDescriptorSetSchema, { file: importsFirst(file) });
        assert.ok(createFileRegistry(set).getService(service));
      }
    });
  }

  test('what is not here is an error reply, and the stream goes on', async (t) => {
    const server = await startReapi(t);
    const call = server.client.bothStreams(ServerReflection.method.serverReflectionInfo);
    call.write({ messageRequest: { case: 'fileContainingSymbol', value: 'no.such.Thing' } });
    call.write({ messageRequest: { case: 'fileByFilename', value: 'health.proto' } });
    call.write({});
    call.end();
    const cases: unknown[] = [];
    for await (const { messageResponse } of call) cases.push(messageResponse.case);
    assert.deepEqual(cases, ['errorResponse', 'fileDescriptorResponse', 'errorResponse']);
  });
});

/** In the order that a registry takes: what a file imports comes before it, and must be there. */
function importsFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (name: string): void => {
    const file = files.find((each) => each.name === name);
    assert.ok(file, `${name} is imported and was not sent`);
    for (const imported of file.dependency) add(imported);
    ordered.add(file);
  };
  for (const { name } of files) add(name);
  return [...ordered];
}

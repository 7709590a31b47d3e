import { createHash } from 'node:crypto';
import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { frameOf } from '../../src/protocols/shared/grpc/index.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import type { RowContext } from '../framework/row.ts';
import type { SpawnedServer } from '../framework/spawned.ts';
import { exchange } from './data-set.ts';
import { startMemobuild } from './memobuild.ts';

/** A blob of the content store. */
export interface Blob {
  readonly hash: string;
  readonly bytes: Buffer;
}

/** A memobuild that speaks gRPC too. */
export interface ReapiServer {
  readonly server: SpawnedServer;
  readonly grpcPort: number;
  readonly client: GrpcClient;
}

/** Starts a memobuild that holds the blobs. */
export async function startFilled(
  context: RowContext,
  blobs: readonly Blob[],
): Promise<ReapiServer> {
  const grpcPort = await freePort();
  const server = await startMemobuild(context, undefined, ['--grpc-port', String(grpcPort)]);
  for (const { hash, bytes } of blobs) await put(`${server.url}/cas/${hash}`, bytes);
  return { server, grpcPort, client: new GrpcClient(context, `127.0.0.1:${grpcPort}`) };
}

/** @throws where the answer is not 200. */
export async function put(url: string, bytes: Buffer): Promise<void> {
  const { status } = await exchange(url, 'PUT', bytes);
  if (status !== 200) throw new Error(`PUT ${url}: ${status}`);
}

/** Always the same ones, of bytes that nothing along the way can compress. */
export function createBlobs(count: number, sizeBytes: number): readonly Blob[] {
  return Array.from({ length: count }, (_, index) => {
    const hasher = createHash('shake256', { outputLength: sizeBytes });
    const bytes = hasher.update(`reapi ${sizeBytes} ${index}`).digest();
    return { hash: sha256(bytes), bytes };
  });
}

/** A request as a gRPC frame, in base64. */
export function encoded<I extends DescMessage>(
  method: DescMethod & { readonly input: I },
  fields: MessageInitShape<I>,
): string {
  return frameOf(toBinary(method.input, create(method.input, fields))).toString('base64');
}

/** `:path` of a method's calls. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

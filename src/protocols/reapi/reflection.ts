import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../shared/protobuf/generated/reflection.pb.ts';
import { grpcCodes } from './errors.ts';
import { nameRequestBytesMax } from './limits.ts';
import { bothStreams, type GrpcMethod } from './method.ts';

/**
 * gRPC server reflection, v1 and the v1alpha that older tools ask for: which services there are and
 * what their messages look like.
 */
export function reflectionMethods(files: readonly DescFile[]): GrpcMethod[] {
  const known = new Descriptors(files);
  const v1 = bothStreams(
    ServerReflection.method.serverReflectionInfo,
    'read',
    async function* (requests, call) {
      for await (const request of requests) {
        await call.roomFor(answerBytesUsual);
        yield answer(known, request);
      }
    },
    { messageBytesMax: nameRequestBytesMax },
  );
  return [v1, { ...v1, path: v1.path.replace('.v1.', '.v1alpha.') }];
}

/** A file with all that it imports. */
const answerBytesUsual = 64 * 1024;

type Reply = ServerReflectionResponse['messageResponse'];

function answer(
  known: Descriptors,
  request: ServerReflectionRequest,
): { validHost: string; originalRequest: ServerReflectionRequest; messageResponse: Reply } {
  return {
    validHost: request.host,
    originalRequest: request,
    messageResponse: replyTo(known, request.messageRequest),
  };
}

function replyTo(known: Descriptors, asked: ServerReflectionRequest['messageRequest']): Reply {
  switch (asked.case) {
    case 'listServices':
      return {
        case: 'listServicesResponse',
        value: {
          $typeName: 'grpc.reflection.v1.ListServiceResponse',
          service: known.services.map((name) => ({
            $typeName: 'grpc.reflection.v1.ServiceResponse',
            name,
          })),
        },
      };
    case 'fileByFilename':
      return fileReply(known, known.fileNamed(asked.value), asked.value);
    case 'fileContainingSymbol':
      return fileReply(known, known.fileOf(asked.value), asked.value);
    case 'fileContainingExtension':
    case 'allExtensionNumbersOfType':
      return errorReply(grpcCodes.notFound, 'extensions are not supported');
    case undefined:
      return errorReply(grpcCodes.invalidArgument, 'the request asks for nothing');
  }
}

function fileReply(known: Descriptors, file: DescFile | undefined, asked: string): Reply {
  if (file === undefined) return errorReply(grpcCodes.notFound, `no ${asked.slice(0, 200)} here`);
  return {
    case: 'fileDescriptorResponse',
    value: {
      $typeName: 'grpc.reflection.v1.FileDescriptorResponse',
      fileDescriptorProto: known.withImports(file),
    },
  };
}

function errorReply(errorCode: number, errorMessage: string): Reply {
  return {
    case: 'errorResponse',
    value: { $typeName: 'grpc.reflection.v1.ErrorResponse', errorCode, errorMessage },
  };
}

/** Files of descriptors, by name and by what is in them. */
class Descriptors {
  readonly services: readonly string[];
  readonly #byName = new Map<string, DescFile>();
  readonly #bySymbol = new Map<string, DescFile>();
  readonly #encoded = new Map<DescFile, Uint8Array>();

  constructor(files: readonly DescFile[]) {
    this.services = files.flatMap((file) => file.services.map(({ typeName }) => typeName));
    for (const file of files) this.#add(file);
  }

  fileNamed(name: string): DescFile | undefined {
    return this.#byName.get(name);
  }

  fileOf(symbol: string): DescFile | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The file and all that it imports, encoded, itself first. */
  withImports(file: DescFile): Uint8Array[] {
    const all = new Set<DescFile>([file]);
    for (const each of all) for (const imported of each.dependencies) all.add(imported);
    return [...all].map((each) => this.#encode(each));
  }

  #encode(file: DescFile): Uint8Array {
    let bytes = this.#encoded.get(file);
    if (bytes === undefined) {
      bytes = toBinary(FileDescriptorProtoSchema, file.proto);
      this.#encoded.set(file, bytes);
    }
    return bytes;
  }

  #add(file: DescFile): void {
    const fileName = file.proto.name;
    if (this.#byName.has(fileName)) return;
    this.#byName.set(fileName, file);
    for (const dependency of file.dependencies) this.#add(dependency);
    for (const service of file.services) {
      this.#bySymbol.set(service.typeName, file);
      for (const method of service.methods) {
        this.#bySymbol.set(`${service.typeName}.${method.name}`, file);
      }
    }
    for (const type of [...file.messages, ...file.enums]) this.#bySymbol.set(type.typeName, file);
    const nested = file.messages.flatMap((message) => [
      ...message.nestedMessages,
      ...message.nestedEnums,
    ]);
    for (const type of nested) this.#bySymbol.set(type.typeName, file);
  }
}

import { z } from 'zod';
import { memobuildVersion } from '../../core/index.ts';
import { framesContentType } from './frames.ts';
import {
  errorSchema,
  existsAnswerSchema,
  keyBatchSchema,
  lookupAnswerSchema,
  purgeAnswerSchema,
  purgeSchema,
  statsSchema,
} from './schema.ts';

/** The OpenAPI 3.1 document of the routes under /api/v1. */
export function openApiDocument(): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'MemoBuild',
      version: memobuildVersion,
      description: 'Batch lookups, statistics and purging of a MemoBuild cache.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{}, { bearer: [] }, { basic: [] }],
    paths: {
      '/api/v1/exists': post({
        operationId: 'exists',
        summary: 'Which of many keys are absent. Counts no lookup.',
        body: 'KeyBatch',
        answer: json('ExistsAnswer'),
      }),
      '/api/v1/lookup': post({
        operationId: 'lookup',
        summary: 'Sizes and digests of many keys. Counts a lookup for each.',
        body: 'KeyBatch',
        answer: json('LookupAnswer'),
      }),
      '/api/v1/fetch': post({
        operationId: 'fetch',
        summary: 'The bytes of many keys in one answer. Counts a lookup for each.',
        description: framesDescription,
        body: 'KeyBatch',
        answer: { [framesContentType]: { schema: { type: 'string', format: 'binary' } } },
      }),
      '/api/v1/purge': post({
        operationId: 'purge',
        summary: 'Deletes a key, a namespace, or what is old or unused. Requires the write scope.',
        body: 'Purge',
        answer: json('PurgeAnswer'),
      }),
      '/api/v1/stats': get({
        operationId: 'stats',
        summary: 'What all processes of the server counted since it started, and how they are.',
        answer: json('Stats'),
      }),
      '/api/v1/openapi.json': get({
        operationId: 'openapi',
        summary: 'This document.',
        answer: { 'application/json': { schema: { type: 'object' } } },
      }),
    },
    components: {
      schemas: {
        KeyBatch: jsonSchema(keyBatchSchema),
        ExistsAnswer: jsonSchema(existsAnswerSchema),
        LookupAnswer: jsonSchema(lookupAnswerSchema),
        Purge: jsonSchema(purgeSchema),
        PurgeAnswer: jsonSchema(purgeAnswerSchema),
        Stats: jsonSchema(statsSchema),
        Error: jsonSchema(errorSchema),
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
  };
}

const framesDescription = `A frame for each key in the requested order, then an end frame; a body without one was cut short. Numbers are big-endian.

- miss: byte \`00\`
- hit: byte \`01\`, 8 bytes of size, the 32 bytes of the SHA-256, the bytes
- end: byte \`ff\`, 8 bytes: the number of frames before it`;

type Content = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly answer: Content;
}

function post({ body, answer, ...about }: Operation & { readonly body: string }): Content {
  return {
    post: {
      ...about,
      requestBody: { required: true, content: json(body) },
      responses: responses(answer),
    },
  };
}

function get({ answer, ...about }: Operation): Content {
  return { get: { ...about, responses: responses(answer) } };
}

function responses(answer: Content): Content {
  return {
    200: { description: 'Done', content: answer },
    default: { description: 'Refused; the code says why', content: json('Error') },
  };
}

function json(schema: string): Content {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}

function jsonSchema(schema: z.ZodType): Content {
  const { $schema: _, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return rest;
}

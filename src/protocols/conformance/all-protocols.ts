import type { CacheErrorCode } from '../../core/index.ts';
import { httpProtocols, serverProtocols } from '../server-protocols.ts';
import type { AnswerTable } from '../shared/answer-table.ts';
import { type EntryExample, hexKeys } from '../shared/entry-example.ts';
import type { HttpDescriptor, ServerDescriptor } from '../shared/server-descriptor.ts';
import type { HostileTarget } from './hostile-suite.ts';
import { httpSpeaker } from './http-speaker.ts';
import { redisSpeaker } from './redis-speaker.ts';
import type { Outcome, ProtocolUnderTest } from './under-test.ts';

/** Every protocol whose entries are bytes under a key of the client's choosing, in each of its forms. */
export const allProtocols: readonly ProtocolUnderTest[] = serverProtocols.flatMap((protocol) =>
  protocol.examples.map((example) =>
    protocol.kind === 'http' ? overHttp(protocol, example) : overRedis(protocol, example),
  ),
);

/** The path of an entry that exists in no test, for each HTTP protocol: what hostile requests are aimed at. */
export const hostileTargets: readonly HostileTarget[] = [
  ...httpProtocols.flatMap(({ name, examples: [example] }) =>
    example === undefined ? [] : [{ name, path: pathOf(example, example.keys[0]) }],
  ),
  // Keys of the content store are not of the client's choosing, so it is not among the examples.
  { name: 'bazel (cas)', path: `/team/cas/${hexKeys(64)[0]}` },
];

function overHttp(protocol: HttpDescriptor, example: EntryExample): ProtocolUnderTest {
  const { overwrite = 'replaces', verifies = 'while' } = protocol.rules ?? {};
  return {
    ...commonOf(protocol, example),
    keys: example.keys,
    // Where the request decides, one that asks for nothing replaces.
    overwrite: overwrite === 'refused' ? 'refused' : 'replaces',
    verifies,
    speak: ({ port }, token) =>
      httpSpeaker({
        port,
        path: (key) => pathOf(example, key),
        storeMethod: example.storeMethod ?? 'PUT',
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      }),
  };
}

function overRedis(protocol: ServerDescriptor, example: EntryExample): ProtocolUnderTest {
  const [first, second, third] = example.keys;
  const key = (text: string): string => example.prefix + text;
  return {
    ...commonOf(protocol, example),
    keys: [key(first), key(second), key(third)],
    overwrite: 'replaces',
    verifies: 'while',
    speak: ({ redisPort }, token) =>
      redisSpeaker({ port: redisPort, ...(token === undefined ? {} : { token }) }),
  };
}

function commonOf(
  { name, answers }: ServerDescriptor,
  { form }: EntryExample,
): Pick<ProtocolUnderTest, 'name' | 'refusal'> {
  if (answers === undefined) throw new Error(`${name} has examples and no table of answers`);
  return {
    name: form === undefined ? name : `${name} (${form})`,
    refusal: (code, kind) => refusalOf(answers, code, kind),
  };
}

function refusalOf(answers: AnswerTable, code: CacheErrorCode, kind: 'lookup' | 'store'): Outcome {
  const answer = answers[code][kind];
  if (kind === 'lookup' && isMiss(answer)) return { kind: 'miss' };
  return { kind: 'refused', answer: String(answer) };
}

/** Whether an answer to a lookup is the one that a key without an entry has. */
export function isMiss(answer: number | string): boolean {
  return answer === 404 || answer === 'absent';
}

function pathOf({ prefix, query = '' }: EntryExample, key: string): string {
  return `${prefix}/${key}${query}`;
}

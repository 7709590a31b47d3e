import type { CacheErrorCode } from '../../core/index.ts';
import { bazelHttpStatus } from '../bazel-http/index.ts';
import { ccacheStatus } from '../ccache/index.ts';
import { genericStatus } from '../generic/index.ts';
import { gradleStatus } from '../gradle/index.ts';
import { mavenStatus } from '../maven/index.ts';
import { nxStatus } from '../nx/index.ts';
import { redisFailure } from '../redis/index.ts';
import { rushStatus } from '../rush/index.ts';
import type { StatusTable } from '../shared/opaque/index.ts';
import { turborepoStatus } from '../turborepo/index.ts';
import { webdavStatus } from '../webdav/index.ts';
import type { HostileTarget } from './hostile-suite.ts';
import { httpSpeaker } from './http-speaker.ts';
import { redisSpeaker } from './redis-speaker.ts';
import type { Outcome, ProtocolUnderTest } from './under-test.ts';

/** Every protocol whose entries are bytes under a key of the client's choosing. */
export const allProtocols: readonly ProtocolUnderTest[] = [
  ...[
    http('bazel-http', '/team/ac', hexKeys(64), bothKinds(bazelHttpStatus), {}),
    http('ccache (subdirs)', '/ccache', hexKeys(40).map(subdirs), ccacheStatus, {}),
    http('ccache (bazel)', '/ccache/team/ac', hexKeys(64), ccacheStatus, {}),
    http('turborepo', '/v8/artifacts', hexKeys(16), turborepoStatus, { query: '?teamId=team_1' }),
    http('nx', '/v1/cache', decimalKeys, nxStatus, { overwrite: 'refused', verifies: 'before' }),
    http('nx (team)', '/nx/team/v1/cache', decimalKeys, nxStatus, {
      overwrite: 'refused',
      verifies: 'before',
    }),
    http('gradle', '/cache', hexKeys(32), gradleStatus, { verifies: 'before' }),
    http('gradle (team)', '/gradle/team', hexKeys(32), gradleStatus, { verifies: 'before' }),
    http('maven', '/maven/v1.1', mavenKeys, mavenStatus, {}),
    http('webdav', '/dav/prefix', hexKeys(64).map(davDirs), webdavStatus, {}),
    http('rush', '/rush', rushKeys, rushStatus, { verifies: 'before' }),
    http('rush (POST)', '/rush', rushKeys, rushStatus, { verifies: 'before', storeMethod: 'POST' }),
    http('blobs', '/blobs/space', rushKeys, genericStatus, {}),
  ],
  {
    name: 'redis',
    keys: hexKeys(40).map((key) => `ccache:${key}`) as unknown as ProtocolUnderTest['keys'],
    overwrite: 'replaces',
    verifies: 'while',
    refusal: (code, kind) => {
      const word = redisFailure[code][kind];
      return word === 'absent' ? { kind: 'miss' } : { kind: 'refused', answer: word };
    },
    speak: ({ redisPort }, token) =>
      redisSpeaker({ port: redisPort, ...(token === undefined ? {} : { token }) }),
  },
];

/** The path of an entry that exists in no test, for each HTTP protocol: what hostile requests are aimed at. */
export const hostileTargets: readonly HostileTarget[] = [
  { name: 'bazel-http', path: `/team/ac/${hexKeys(64)[0]}` },
  { name: 'bazel-http (cas)', path: `/team/cas/${hexKeys(64)[0]}` },
  { name: 'ccache', path: `/ccache/${hexKeys(40)[0]}` },
  { name: 'turborepo', path: `/v8/artifacts/${hexKeys(16)[0]}?slug=s` },
  { name: 'nx', path: `/v1/cache/${decimalKeys()[0]}` },
  { name: 'gradle', path: `/gradle/${hexKeys(32)[0]}` },
  { name: 'maven', path: `/maven/${mavenKeys()[0]}` },
  { name: 'webdav', path: `/dav/${davDirs(hexKeys(64)[0])}` },
  { name: 'rush', path: `/rush/${rushKeys()[0]}` },
  { name: 'blobs', path: `/blobs/space/key` },
];

type Keys = ProtocolUnderTest['keys'];

function http(
  name: string,
  mount: string,
  keys: Keys | readonly string[] | (() => Keys),
  statuses: StatusTable,
  options: {
    readonly overwrite?: 'refused';
    readonly verifies?: 'before';
    readonly query?: string;
    readonly storeMethod?: string;
  },
): ProtocolUnderTest {
  const { overwrite = 'replaces', verifies = 'while', query = '', storeMethod = 'PUT' } = options;
  return {
    name,
    keys: (typeof keys === 'function' ? keys() : keys) as Keys,
    overwrite,
    verifies,
    refusal: (code, kind): Outcome => {
      const status = statuses[code][kind];
      if (kind === 'lookup' && status === 404) return { kind: 'miss' };
      return { kind: 'refused', answer: String(status) };
    },
    speak: ({ port }, token) =>
      httpSpeaker({
        port,
        path: (key) => `${mount}/${key}${query}`,
        storeMethod,
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      }),
  };
}

function bothKinds(table: Readonly<Record<CacheErrorCode, number>>): StatusTable {
  return Object.fromEntries(
    Object.entries(table).map(([code, status]) => [code, { lookup: status, store: status }]),
  ) as unknown as StatusTable;
}

function hexKeys(length: number): Keys {
  return ['0123456789abcdef', 'fedcba9876543210', '0011223344556677'].map((text) =>
    text.repeat(8).slice(0, length),
  ) as unknown as Keys;
}

function decimalKeys(): Keys {
  return ['2531272304574372066', '18446744073709551615', '7'];
}

function mavenKeys(): Keys {
  return [
    'org.example/app/8f2a11c04be2b3aa/buildinfo.xml',
    'org.example/app/8f2a11c04be2b3aa/app.jar',
    '1f6e/build-cache-report.xml',
  ];
}

function rushKeys(): Keys {
  const hash = '0123456789abcdef0123456789abcdef01234567';
  return [`@scope+app/build-${hash}`, `app%20one/_phase%3Abuild-${hash}`, `caf%C3%A9-${hash}`];
}

function subdirs(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2)}`;
}

function davDirs(key: string): string {
  return `${key[0]}/${key[1]}/${key[2]}/${key}`;
}

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CacheError } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import {
  type FileSystemProbe,
  mountTypeIn,
  refuseNetworkFileSystem,
} from './network-file-system.ts';
import { lockStoreDirectory } from './open.ts';

function probe(magic: number, mountType?: string): FileSystemProbe {
  return { magicOf: () => magic, mountTypeOf: () => mountType };
}

function refusal(magic: number, mountType?: string): string | undefined {
  try {
    refuseNetworkFileSystem('/srv/cache', probe(magic, mountType), 'linux');
    return undefined;
  } catch (error) {
    assert.ok(error instanceof CacheError);
    assert.equal(error.code, 'unavailable');
    return error.message;
  }
}

test('file systems that several machines may have mounted are refused by name', () => {
  const refused = {
    nfs: 0x6969,
    cifs: 0xff534d42,
    smb3: 0xfe534d42,
    '9p': 0x01021997,
    ceph: 0x00c36400,
    lustre: 0x0bd00bd0,
    vboxsf: 0x786f4256,
  };
  for (const [name, magic] of Object.entries(refused)) {
    assert.match(
      refusal(magic) ?? '',
      new RegExp(`/srv/cache is on ${name}, .*--allow-network-fs`),
    );
  }
  // As a machine of 32 bits says it.
  assert.match(refusal(0xff534d42 | 0) ?? '', /on cifs/);
});

test('local file systems are taken', () => {
  const taken = {
    ext4: 0xef53,
    xfs: 0x58465342,
    btrfs: 0x9123683e,
    tmpfs: 0x01021994,
    zfs: 0x2fc12fc1,
  };
  for (const magic of Object.values(taken)) assert.equal(refusal(magic), undefined);
});

test('FUSE is judged by the type of its mount, and what is not known is refused', () => {
  const fuse = 0x65735546;
  for (const type of ['fuse.glusterfs', 'fuse.sshfs', 'fuse.s3fs', 'virtiofs', undefined]) {
    assert.match(refusal(fuse, type) ?? '', new RegExp(`on ${type ?? 'fuse'}`));
  }
  for (const type of ['fuseblk', 'fuse.fuse-overlayfs'])
    assert.equal(refusal(fuse, type), undefined);
});

test('the type of a mount is found by its device', () => {
  const mountinfo = [
    '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
    '71 22 0:45 / /srv/with\\040space rw,nosuid shared:2 master:3 - fuse.sshfs host:/srv rw,user_id=0',
  ].join('\n');
  assert.equal(mountTypeIn(mountinfo, '0:45'), 'fuse.sshfs');
  assert.equal(mountTypeIn(mountinfo, '254:0'), 'ext4');
  assert.equal(mountTypeIn(mountinfo, '0:46'), undefined);
});

test('a directory that is to be made is judged by the one above it, and is not made', async (t) => {
  const dir = join(await tempDir(t), 'to', 'make');
  const asked: string[] = [];
  const absentBelow: FileSystemProbe = {
    magicOf: (path) => {
      asked.push(path);
      if (!existsSync(path)) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
      return 0x6969;
    },
    mountTypeOf: () => undefined,
  };
  assert.throws(() => refuseNetworkFileSystem(dir, absentBelow, 'linux'), /on nfs/);
  assert.ok(asked.length > 2);
  assert.equal(existsSync(dir), false);
});

test('the file system of a temporary directory is known, and a server takes it', async (t) => {
  const lock = await lockStoreDirectory({ dir: await tempDir(t) });
  await lock.release();
});

const bindfs = spawnSync('bindfs', ['--version']).status === 0;

test('a real FUSE mount is refused, with its type, unless it is allowed', {
  skip: bindfs ? false : 'bindfs is not installed',
}, async (t) => {
  const [from, dir] = [await tempDir(t), await tempDir(t)];
  execFileSync('bindfs', [from, dir]);
  try {
    await assert.rejects(lockStoreDirectory({ dir: join(dir, 'store') }), /is on fuse/);
    assert.deepEqual(readdirSync(from), []);
    const lock = await lockStoreDirectory({ dir: join(dir, 'store'), allowNetworkFs: true });
    await assert.rejects(
      lockStoreDirectory({ dir: join(dir, 'store'), allowNetworkFs: true }),
      /in use by another server/,
    );
    await lock.release();
  } finally {
    execFileSync('umount', [dir]);
  }
});

import { readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CacheError, systemCodeOf } from '../../../core/index.ts';

/** What the system reports about the file system that a path is in. */
export interface FileSystemProbe {
  /** The magic number of statfs(2). Throws where the path is absent. */
  magicOf(path: string): number;
  /** The type that the path's mount has, such as `fuse.sshfs`; undefined where that is not known. */
  mountTypeOf(path: string): string | undefined;
}

/**
 * Refuses a directory whose file system more than one machine may have mounted, or of which it is
 * not known that its locks and memory maps work as those of a local disk. Other systems than Linux
 * have no such numbers, and there nothing is refused.
 * @throws {CacheError} `unavailable`.
 */
export function refuseNetworkFileSystem(
  dir: string,
  probe: FileSystemProbe = systemProbe,
  platform: NodeJS.Platform = process.platform,
): void {
  if (platform !== 'linux') return;
  const path = existingPartOf(resolve(dir), probe);
  // Negative on 32-bit machines.
  const name = namesByMagic.get(probe.magicOf(path) >>> 0);
  if (name === undefined) return;
  const type = name === 'fuse' ? (probe.mountTypeOf(path) ?? 'fuse') : name;
  if (localFuseTypes.has(type)) return;
  throw new CacheError(
    'unavailable',
    `${dir} is on ${type}, where locks and memory maps may not hold across machines: ` +
      'use a local disk, or --allow-network-fs if no other machine uses the directory',
  );
}

/**
 * Magic numbers from statfs(2), linux/magic.h and the file systems' own sources: network file
 * systems, those that a virtual machine shares with its host, those that several machines mount
 * from one disk, and FUSE, where the mount's type says more.
 */
const namesByMagic: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb3'],
  [0x01021997, '9p'],
  [0x00c36400, 'ceph'],
  [0x65735546, 'fuse'],
  [0x5346414f, 'afs'],
  [0x6b414653, 'afs'],
  [0x73757245, 'coda'],
  [0x564c, 'ncpfs'],
  [0x0bd00bd0, 'lustre'],
  [0x47504653, 'gpfs'],
  [0x19830326, 'beegfs'],
  [0x20030528, 'orangefs'],
  [0xaad7aaea, 'panfs'],
  [0x01161970, 'gfs2'],
  [0x7461636f, 'ocfs2'],
  [0x786f4256, 'vboxsf'],
  [0xbacbacbc, 'vmhgfs'],
]);

/** FUSE file systems that lie on a disk of this machine: of a block device, and of containers without root. */
const localFuseTypes: ReadonlySet<string> = new Set(['fuseblk', 'fuse.fuse-overlayfs']);

const systemProbe: FileSystemProbe = {
  magicOf: (path) => statfsSync(path).type,
  mountTypeOf: (path) => {
    const { dev } = statSync(path);
    // As the kernel's MAJOR and MINOR.
    const major = ((dev >>> 8) & 0xfff).toString();
    const minor = ((dev & 0xff) | ((dev >>> 12) & 0xfff00)).toString();
    return mountTypeIn(readFileSync('/proc/self/mountinfo', 'utf8'), `${major}:${minor}`);
  },
};

/** proc(5): the device is the third field; the type is the first after the field ` - `. */
export function mountTypeIn(mountinfo: string, device: string): string | undefined {
  const line = mountinfo.split('\n').find((each) => each.split(' ')[2] === device);
  return line?.split(' - ')[1]?.split(' ')[0];
}

/** The directory may still have to be made: then its file system is that of the one above it. */
function existingPartOf(path: string, probe: FileSystemProbe): string {
  try {
    probe.magicOf(path);
    return path;
  } catch (error) {
    const parent = dirname(path);
    if (systemCodeOf(error) !== 'ENOENT' || parent === path) throw error;
    return existingPartOf(parent, probe);
  }
}

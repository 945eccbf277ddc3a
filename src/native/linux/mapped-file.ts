import { ftruncateSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { NativeRoom } from '../contract.ts';
import { checkResult } from '../system-error.ts';
import type { Binding, MapHandle } from './binding.ts';

/**
 * File systems (statfs(2), `f_type`) on which what was reserved once can always be written: ext2 to ext4, and tmpfs. Those
 * that copy on write (Btrfs, ZFS, also XFS where a file was cloned) may need new room for it, and a process that writes to
 * memory for which there is none is killed.
 */
const keepsReservations: ReadonlySet<number> = new Set([0xef53, 0x01021994]);

const noRoom = -constants.errno.ENOSPC;

function isKept(fileDescriptor: number): boolean {
  try {
    return keepsReservations.has(statfsSync(`/proc/self/fd/${fileDescriptor}`).type);
  } catch {
    return false;
  }
}

/** Files written as memory; see {@link NativeRoom.mapFile}. */
export function mapFileBy(binding: Binding): NativeRoom['mapFile'] {
  return (fileDescriptor, octets) => {
    if (!isKept(fileDescriptor)) return null;
    const map = binding.mapOpen(fileDescriptor, octets);
    if (typeof map !== 'number') return mappedFile(binding, map);
    // A disk that became full half-way has made the file longer.
    ftruncateSync(fileDescriptor, 0);
    return null;
  };
}

function mappedFile(binding: Binding, map: MapHandle): ReturnType<NativeRoom['mapFile']> {
  return {
    append: (line) => {
      const used = binding.mapAppend(map, line);
      return used === noRoom ? null : checkResult(used, 'mmap');
    },
    close: () => {
      binding.mapClose(map);
    },
  };
}

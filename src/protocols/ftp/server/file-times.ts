import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { formatTimeValue } from '../wire/time-value.ts';

/**
 * When an entry was changed, as RFC 3659 writes it; with a fraction only where the storage has one.
 *
 * @throws WherryError `permission` where the storage keeps no time
 */
export function modificationTime({ modifiedAt, modifiedPrecision }: Entry, path: VirtualPath): string {
  if (modifiedAt === null) throw new WherryError('permission', 'Its time is not known', { path });
  return formatTimeValue(modifiedAt, modifiedPrecision === 'subsecond');
}

/** Sets when a file was changed; returns the time that is then really stored, as RFC 3659 writes it. */
export async function setModificationTime(
  fileSystem: FileSystem,
  path: VirtualPath,
  modifiedAt: number,
): Promise<string> {
  await fileSystem.setAttributes(path, { modifiedAt });
  return modificationTime(await fileSystem.stat(path), path);
}

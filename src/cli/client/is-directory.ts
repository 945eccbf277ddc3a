import type { RemoteConnection } from '#client/index.ts';
import { WherryError } from '#core/errors.ts';

/** Whether a path is a directory; what cannot be told counts as none. */
export async function isDirectory(
  place: RemoteConnection,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await place.stat(path, { signal })).type === 'directory';
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'aborted') throw thrown;
    return false;
  }
}

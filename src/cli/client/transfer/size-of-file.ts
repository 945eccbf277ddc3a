import type { RemoteConnection } from '#client/index.ts';
import { WherryError } from '#core/errors.ts';

/**
 * The octets of the file that a place was opened at; null where the server cannot tell, which sends nevertheless.
 *
 * @throws WherryError `is-directory`, `not-found`
 */
export async function sizeOfFile(place: RemoteConnection, signal: AbortSignal): Promise<number | null> {
  try {
    const { type, size } = await place.stat('.', { signal });
    if (type === 'directory') {
      throw new WherryError('is-directory', 'This is a directory; "wherry mirror" copies it whole');
    }
    return size;
  } catch (thrown) {
    if (thrown instanceof WherryError && thrown.code === 'not-supported') return null;
    throw thrown;
  }
}

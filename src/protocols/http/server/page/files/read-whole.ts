import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { pieces } from '../pieces.ts';

/** A whole file. @throws WherryError `too-large` beyond `maximum` octets */
export async function readWhole(
  fileSystem: FileSystem,
  path: VirtualPath,
  maximum: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const handle = await fileSystem.openRead(path, { signal });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces(handle, 0, null)) {
    length += piece.length;
    if (length > maximum)
      throw new WherryError(
        'too-large',
        `Cannot read it as a whole: it has more than ${maximum / (1024 * 1024)} MiB`,
      );
    parts.push(piece);
  }
  return Buffer.concat(parts, length);
}

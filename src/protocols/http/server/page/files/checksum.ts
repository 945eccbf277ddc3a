import { createDigest } from '#core/digest.ts';
import { hashAlgorithms } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { StreamEnd } from '../../../contract/page/common.ts';
import type { ChecksumLine } from '../../../contract/page/files.ts';
import { pieces } from '../pieces.ts';

type Line = Exclude<ChecksumLine, StreamEnd>;

const tellIntervalMs = 200;

/** The digest of a file: by the far end where it can, else of its octets as they pass. */
export async function* checksumLines(
  fileSystem: FileSystem,
  path: VirtualPath,
  { algorithm: name, signal }: { readonly algorithm: string; readonly signal: AbortSignal },
): AsyncGenerator<Line> {
  const plain = (text: string): string => text.toUpperCase().replaceAll('-', '');
  const algorithm = hashAlgorithms.find((known) => plain(known) === plain(name));
  if (algorithm === undefined)
    throw new WherryError('not-supported', `There is no such checksum; choose ${hashAlgorithms.join(', ')}`);
  if (fileSystem.checksum !== undefined && fileSystem.capabilities.checksums.includes(algorithm)) {
    const digest = await fileSystem.checksum(path, algorithm, { signal });
    yield { digest: Buffer.from(digest).toString('hex'), madeBy: 'server' };
    return;
  }
  const handle = await fileSystem.openRead(path, { signal });
  const total = handle.entry.size;
  const digest = createDigest(algorithm);
  let [bytes, toldAtMs] = [0, performance.now()];
  for await (const piece of pieces(handle, 0, null)) {
    if (signal.aborted) throw new WherryError('aborted', 'Stopped by the page');
    digest.update(piece);
    bytes += piece.length;
    if (performance.now() - toldAtMs < tellIntervalMs) continue;
    toldAtMs = performance.now();
    yield { bytes, total };
  }
  yield { bytes, total };
  yield { digest: Buffer.from(digest.finish()).toString('hex'), madeBy: 'transfer' };
}

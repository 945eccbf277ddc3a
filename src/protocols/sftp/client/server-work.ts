import type { HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type { ChecksumOptions, OperationOptions, Space } from '#core/file-system.ts';
import { printableName } from '#core/name-encoding.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { packetType } from '../wire/packet-types.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';
import { extendedAnswer, statusAnswer, wirePath } from './answers.ts';
import type { OpenFiles } from './open-files.ts';
import type { SftpSession } from './remote-file.ts';
import { checkFileNames } from './server-features.ts';
import type { SftpReadHandle } from './read-handle.ts';

/** Lengths of digests in octets. */
const digestLengths: Readonly<Record<HashAlgorithm, number>> = {
  'SHA-512': 64,
  'SHA-256': 32,
  'SHA-1': 20,
  MD5: 16,
  CRC32: 4,
};

/** Octets that one copy-data asks for: a server copies it within seconds, so that a copy can be stopped. */
const copyPiece = 256 * 1024 * 1024;

const readOnlyFlag = 1;

/** A digest that the server makes of its own file (`check-file-name`). */
export async function remoteChecksum(
  session: SftpSession,
  path: VirtualPath,
  options: ChecksumOptions & { readonly algorithm: HashAlgorithm },
): Promise<Uint8Array> {
  const { algorithm, start = 0, length, signal } = options;
  session.say(`CHECK-FILE ${printableName(path)} ${algorithm}`);
  const name = checkFileNames[algorithm];
  return session.requests.ask(
    {
      type: packetType.extended,
      fields: (writer) =>
        writer
          .string('check-file-name')
          .string(wirePath(path))
          .string(name)
          .uint64(start)
          .uint64(length ?? 0)
          .uint32(0),
    },
    extendedAnswer({ action: 'compute the checksum', path }, (reader) => readDigest(reader, algorithm)),
    { signal, patient: true },
  );
}

function readDigest(reader: SftpReader, algorithm: HashAlgorithm): Uint8Array {
  const answered = reader.text();
  if (answered !== checkFileNames[algorithm] || reader.remaining !== digestLengths[algorithm]) {
    throw new WherryError('protocol', 'The server sent a checksum that was not asked for');
  }
  return Uint8Array.from({ length: reader.remaining }, () => reader.byte());
}

/** Room on the device that holds a path (`statvfs@openssh.com`, or `space-available`). */
export async function remoteSpace(
  session: SftpSession,
  path: VirtualPath,
  { signal }: OperationOptions,
): Promise<Space> {
  const vfs = session.features.has('statvfs@openssh.com');
  return session.requests.ask(
    {
      type: packetType.extended,
      fields: (writer) =>
        writer.string(vfs ? 'statvfs@openssh.com' : 'space-available').string(wirePath(path)),
    },
    extendedAnswer({ action: 'learn the free space', path }, vfs ? readVfs : readSpaceAvailable),
    { signal },
  );
}

/** OpenSSH PROTOCOL section 4.4. */
function readVfs(reader: SftpReader): Space {
  const blockSize = reader.uint64();
  const unit = reader.uint64() || blockSize;
  const [blocks, free, available] = [reader.uint64(), reader.uint64(), reader.uint64()];
  const [files, freeFiles] = [reader.uint64(), reader.uint64()];
  reader.uint64();
  // The identifier of the file system uses all of its 64 bits.
  reader.uint32();
  reader.uint32();
  const flags = reader.uint64();
  return {
    totalBytes: blocks * unit,
    freeBytes: free * unit,
    availableBytes: available * unit,
    blockSize: unit,
    totalFiles: files,
    freeFiles,
    maximumNameLength: reader.uint64(),
    readOnly: flags % 2 === readOnlyFlag,
  };
}

/** draft-ietf-secsh-filexfer-extensions-00 section 4; it does not speak of files and names. */
function readSpaceAvailable(reader: SftpReader): Space {
  const [totalBytes, freeBytes] = [reader.uint64(), reader.uint64()];
  reader.uint64();
  const availableBytes = reader.uint64();
  const blockSize = reader.uint32();
  return {
    totalBytes,
    freeBytes,
    availableBytes,
    blockSize,
    totalFiles: 0,
    freeFiles: 0,
    maximumNameLength: 255,
    readOnly: false,
  };
}

/** Copies a file at the server (`copy-data`); the target appears whole. */
export async function remoteCopy(
  session: SftpSession,
  files: OpenFiles,
  copy: { readonly from: VirtualPath; readonly to: VirtualPath; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { from, to, signal } = copy;
  if (from === to) {
    throw new WherryError('invalid-argument', 'Cannot copy a file onto itself', { path: from });
  }
  const source = await files.read(from, { signal });
  try {
    const target = await files.write(to, { mode: source.entry.mode ?? undefined, signal });
    try {
      await copyPieces(session, { source, target: target.remoteHandle, signal });
      await target.finish();
    } catch (thrown) {
      await target.abort();
      throw thrown;
    }
  } finally {
    source.close();
  }
}

async function copyPieces(
  session: SftpSession,
  copy: {
    readonly source: SftpReadHandle;
    readonly target: Buffer;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { source, target, signal } = copy;
  const size = source.entry.size ?? 0;
  for (let position = 0; position < size || position === 0; position += copyPiece) {
    const last = position + copyPiece >= size;
    await session.requests.ask(
      {
        type: packetType.extended,
        fields: (writer) =>
          writer
            .string('copy-data')
            .string(source.remoteHandle)
            .uint64(position)
            // 0 stands for everything up to the end.
            .uint64(last ? 0 : copyPiece)
            .string(target)
            .uint64(position),
      },
      statusAnswer({ action: 'copy the file' }),
      { signal, patient: true },
    );
    if (last) return;
  }
}

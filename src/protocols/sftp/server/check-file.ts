import type { HashAlgorithm } from '#core/checksum.ts';
import { WherryError } from '#core/errors.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { checksumOf } from '#engine/checksum.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';
import { extendedReply, type Reply } from './replies.ts';
import type { ExtensionRow } from './request-row.ts';
import type { PreparedRequest, SftpSession } from './sftp-session.ts';

/** Names of digests in the extension, and ours. */
const algorithms: Readonly<Record<string, HashAlgorithm>> = {
  sha512: 'SHA-512',
  sha256: 'SHA-256',
  sha1: 'SHA-1',
  md5: 'MD5',
  crc32: 'CRC32',
};

/** Smaller blocks would make the answer as large as the file (draft-ietf-secsh-filexfer-extensions-00 section 3). */
const smallestBlock = 256;

interface CheckArguments {
  readonly name: string;
  readonly algorithm: HashAlgorithm;
  readonly start: number;
  /** 0 for all up to the end. */
  readonly length: number;
  /** 0 for one digest of everything. */
  readonly blockSize: number;
}

function readArguments(reader: SftpReader): CheckArguments {
  const names = reader.text().split(',');
  const start = reader.uint64();
  const length = reader.uint64();
  const blockSize = reader.uint32();
  const name = names.find((one) => Object.hasOwn(algorithms, one));
  const algorithm = name === undefined ? undefined : algorithms[name];
  if (name === undefined || algorithm === undefined) {
    throw new WherryError('not-supported', 'None of the digests is known here');
  }
  if (blockSize !== 0 && blockSize < smallestBlock) {
    throw new WherryError('invalid-argument', `Blocks of less than ${smallestBlock} octets are not checked`);
  }
  return { name, algorithm, start, length, blockSize };
}

async function check(session: SftpSession, path: VirtualPath, wanted: CheckArguments): Promise<Reply> {
  const { algorithm, start, blockSize } = wanted;
  const { size } = await session.fileSystem.stat(path);
  const total = size ?? 0;
  if (start > total) throw new WherryError('invalid-range', 'The position lies beyond the end of the file');
  const end = wanted.length === 0 ? total : Math.min(total, start + wanted.length);
  const step = blockSize === 0 ? Math.max(end - start, 1) : blockSize;
  if ((end - start) / step > session.limits.checkBlocks) {
    throw new WherryError('too-many', 'So many blocks are not checked at once');
  }
  const digests: Uint8Array[] = [];
  for (let position = start; position < end || digests.length === 0; position += step) {
    const whole = position === 0 && end === total && step >= total;
    const part = whole ? {} : { start: position, length: Math.min(step, end - position) };
    digests.push(await digest(session, path, { algorithm, ...part }));
  }
  return extendedReply((writer) => {
    writer.string(wanted.name);
    for (const one of digests) writer.raw(one);
  });
}

async function digest(
  session: SftpSession,
  path: VirtualPath,
  options: { readonly algorithm: HashAlgorithm; readonly start?: number; readonly length?: number },
): Promise<Uint8Array> {
  const { fileSystem } = session;
  const { algorithm, ...part } = options;
  if (fileSystem.checksum !== undefined) return fileSystem.checksum(path, algorithm, part);
  return checksumOf(fileSystem, path, options);
}

function checkRow(
  name: string,
  announced: ExtensionRow['announced'],
  find: (session: SftpSession, bytes: Buffer) => VirtualPath,
): ExtensionRow {
  return {
    name,
    writes: false,
    announced,
    prepare(session, reader): PreparedRequest {
      const path = find(session, reader.string());
      const wanted = readArguments(reader);
      return session.look(() => check(session, path, wanted));
    },
  };
}

/** `check-file-name` and `check-file-handle`, in the form of ProFTPD and WinSCP. */
export const checkFile: readonly ExtensionRow[] = [
  checkRow(
    'check-file-name',
    { name: 'check-file', data: Object.keys(algorithms).join(',') },
    (session, bytes) => session.path(bytes),
  ),
  checkRow('check-file-handle', null, (session, bytes) => {
    const file = session.handles.file(bytes);
    if (file.hidden) throw new WherryError('busy', 'The file is still being written');
    return file.path;
  }),
];

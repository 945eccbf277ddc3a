import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { FtpConnection } from '#protocols/ftp/client/ftp-connection.ts';
import { PooledConnection } from '../pool/pooled-connection.ts';
import { publishPartial } from './copy-through-partial.ts';
import { quietly, type CopyJob, type Outcome } from './job.ts';
import { partialPathOf } from './partial-name.ts';

/** What a pool of FTP connections calls itself. */
const ftpProtocols: ReadonlySet<string> = new Set(['ftp', 'ftps', 'ftpes']);

function ftpPool(fileSystem: FileSystem): PooledConnection | null {
  const pooled = fileSystem instanceof PooledConnection && ftpProtocols.has(fileSystem.facts.protocol);
  return pooled ? fileSystem : null;
}

/**
 * Has two FTP servers move a file between them (FXP); null where that cannot be, and the octets are to pass through
 * here.
 *
 * @throws WherryError `not-supported` where it was required
 */
export async function copyBetweenServers(job: CopyJob, resume: boolean): Promise<Outcome | null> {
  const { serverToServer = 'auto' } = job.options;
  if (serverToServer === 'off') return null;
  const pools = { from: ftpPool(job.from.fileSystem), to: ftpPool(job.to.fileSystem) };
  const { from, to } = pools;
  if (from === null || to === null) {
    if (serverToServer === 'auto') return null;
    throw new WherryError('not-supported', 'Only two FTP servers can move a file between them');
  }
  try {
    return await transfer(job, { from, to }, resume);
  } catch (error) {
    const cannot = error instanceof WherryError && error.code === 'not-supported';
    if (cannot && serverToServer === 'auto') return null;
    throw error;
  }
}

async function transfer(
  job: CopyJob,
  { from, to }: { readonly from: PooledConnection; readonly to: PooledConnection },
  resume: boolean,
): Promise<Outcome> {
  const { options, meter } = job;
  const { signal } = options;
  const entry = options.entry ?? (await from.stat(job.from.path, { signal }));
  const partial = partialPathOf(job.to.path, entry, 'partial');
  const start = resume ? await sizeOf(to, partial, signal) : 0;
  meter.total = entry.size;
  meter.startAt(start);
  // Loaded here, so that programs which never speak FTP do not carry it.
  const [{ transferBetween }, { FtpConnection: Ftp }] = await Promise.all([
    import('#protocols/ftp/client/fxp/transfer-between.ts'),
    import('#protocols/ftp/client/ftp-connection.ts'),
  ]);
  const isFtp = (connection: object): connection is FtpConnection => connection instanceof Ftp;
  const moved = await from.withConnection(
    (source) =>
      to.withConnection(
        async (target) => {
          if (!isFtp(source) || !isFtp(target)) {
            throw new WherryError('not-supported', 'Only two FTP servers can move a file between them');
          }
          return transferBetween(
            { connection: source, path: job.from.path },
            { connection: target, path: partial },
            {
              start: start > (entry.size ?? 0) ? 0 : start,
              entry,
              signal,
              onProgress: (bytes) => {
                job.moved += bytes;
                meter.add(bytes);
              },
            },
          );
        },
        { signal },
      ),
    { signal },
  );
  const bytes = moved.size ?? meter.bytes;
  if (entry.size !== null && bytes !== entry.size) {
    await quietly(() => to.removeFile(partial));
    throw new WherryError('busy', 'The file changed while it was copied', {
      path: job.from.path,
      retryable: true,
    });
  }
  return publishPartial(job, { bytes, digest: null, timesKept: false, entry, partial });
}

async function sizeOf(
  fileSystem: FileSystem,
  path: CopyJob['to']['path'],
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    return (await fileSystem.stat(path, { signal })).size ?? 0;
  } catch (error) {
    if (error instanceof WherryError && error.code === 'not-found') return 0;
    throw error;
  }
}

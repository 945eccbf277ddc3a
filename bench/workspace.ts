import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, open, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cleanup } from './cleanup.ts';
import { accountId } from './peers/peer.ts';

export const run = promisify(execFile);

export type TreeSizes = {
  readonly bigFileBytes: number;
  readonly smallFiles: number;
  readonly smallFileBytes: number;
  readonly listEntries: number;
};

/** Temporary places of one run and what lies in them. */
export type Workspace = {
  /** What every server serves: `big.bin`, `small/NNNNN`, `list/…` and the empty, writable `in`. */
  readonly tree: string;
  /** Configuration, keys and data of the servers. */
  readonly scratch: string;
  /** Fetched packages and the compiled generator. Stays. */
  readonly cache: string;
  readonly certificate: string;
  readonly privateKey: string;
  /** Key and certificate in one file, as Pure-FTPd and pyftpdlib take it. */
  readonly keyAndCertificate: string;
  readonly sizes: TreeSizes;
};

/** Room for uploads of one measurement on top of the file that is served. */
export const uploadsAtOnce = 2;

async function fillBigFile(path: string, bytes: number): Promise<void> {
  const block = Buffer.alloc(8 << 20);
  for (let i = 0; i < block.length; i += 4) block.writeUInt32LE((i * 2_654_435_761) >>> 0, i);
  const file = await open(path, 'w', 0o644);
  try {
    for (let done = 0; done < bytes; done += block.length) {
      await file.write(block, 0, Math.min(block.length, bytes - done));
    }
  } finally {
    await file.close();
  }
}

async function fillDirectory(directory: string, names: Iterable<string>, content: Buffer): Promise<void> {
  await mkdir(directory);
  for (const name of names) {
    const file = await open(join(directory, name), 'wx', 0o644);
    if (content.length > 0) await file.write(content);
    await file.close();
  }
}

function* numbered(count: number, prefix: string): Generator<string> {
  for (let i = 0; i < count; i++) yield prefix + String(i).padStart(5, '0');
}

async function fits(directory: string, bytes: number): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize > bytes;
  } catch {
    return false;
  }
}

/** Memory first: a disk that writes back in the middle of a measurement would be measured too. */
async function chooseParent(sizes: TreeSizes): Promise<string> {
  const needed = sizes.bigFileBytes * (2 + uploadsAtOnce) * 1.1 + sizes.listEntries * 1024;
  if (process.availableMemory() > needed * 1.5 && (await fits('/dev/shm', needed))) return '/dev/shm';
  if (await fits(tmpdir(), needed)) return tmpdir();
  throw new Error(
    `Cannot make the test files: ${Math.ceil(needed / 1e9)} GB free are needed in /dev/shm or ${tmpdir()}`,
  );
}

/** Makes the tree, a certificate and the directories of this run; `cleanup` removes all but the cache. */
export async function createWorkspace(sizes: TreeSizes, cleanup: Cleanup): Promise<Workspace> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'wherry-bench');
  await mkdir(cache, { recursive: true });
  const base = await mkdtemp(join(await chooseParent(sizes), 'wherry-bench-'));
  cleanup.add(() => rm(base, { recursive: true, force: true }));
  await run('chmod', ['755', base]);
  const tree = join(base, 'files');
  const scratch = join(base, 'scratch');
  await mkdir(tree);
  await mkdir(scratch);
  await fillBigFile(join(tree, 'big.bin'), sizes.bigFileBytes);
  await fillDirectory(
    join(tree, 'small'),
    numbered(sizes.smallFiles, ''),
    Buffer.alloc(sizes.smallFileBytes, 'wherry '),
  );
  await fillDirectory(
    join(tree, 'list'),
    numbered(sizes.listEntries, 'a-file-with-a-usual-name-'),
    Buffer.alloc(0),
  );
  await mkdir(join(tree, 'in'), { mode: 0o777 });
  await run('chmod', ['777', join(tree, 'in')]);
  if (process.getuid?.() === 0) await chown(join(tree, 'in'), accountId, accountId);
  return { tree, scratch, cache, sizes, ...(await createCertificate(scratch)) };
}

async function createCertificate(
  directory: string,
): Promise<Pick<Workspace, 'certificate' | 'privateKey' | 'keyAndCertificate'>> {
  const certificate = join(directory, 'certificate.pem');
  const privateKey = join(directory, 'key.pem');
  const keyAndCertificate = join(directory, 'both.pem');
  const request = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost'.split(' ');
  await run('openssl', [...request, '-keyout', privateKey, '-out', certificate]);
  await run('sh', [
    '-c',
    'umask 077; cat "$1" "$2" > "$3"',
    'sh',
    privateKey,
    certificate,
    keyAndCertificate,
  ]);
  return { certificate, privateKey, keyAndCertificate };
}

/** The files that an upload left, with their sizes; they are removed. */
export async function takeUploads(workspace: Workspace): Promise<number[]> {
  const directory = join(workspace.tree, 'in');
  const sizes: number[] = [];
  for (const name of await readdir(directory)) {
    sizes.push((await stat(join(directory, name))).size);
    await rm(join(directory, name), { recursive: true });
  }
  return sizes;
}

/**
 * Has the system hand out as much memory as uploads of `bytes` will fill and take it back. Virtual machines fetch memory
 * that was idle from their host, page by page: whoever is measured first would pay for that.
 */
export async function touchMemory(workspace: Workspace, bytes: number): Promise<void> {
  const path = join(workspace.scratch, 'memory');
  const block = Buffer.alloc(2 ** 20, 1);
  const file = await open(path, 'w');
  try {
    for (let written = 0; written < bytes; written += block.length) await file.write(block);
  } finally {
    await file.close();
    await rm(path);
  }
}

/** A port that is free now. Servers that can pick their own do not use it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port');
  return address.port;
}

/** Writes a configuration file into a directory of its own in the scratch place and returns its path. */
export async function writeConfig(workspace: Workspace, name: string, text: string): Promise<string> {
  const path = join(workspace.scratch, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

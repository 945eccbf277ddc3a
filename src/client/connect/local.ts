import { resolve } from 'node:path';
import type { Connection } from '#core/connection.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { local } from '#storage/local/local.ts';
import type { LocalFileSystem } from '#storage/local/local-file-system.ts';
import type { FilePlace } from '../copy/options.ts';
import { connectionOver } from './connection-over.ts';

let wholeDisk: LocalFileSystem | undefined;

/** The disk of this machine as one tree, whose paths are those of the host. It is opened once and stays open. */
export function localDisk(): LocalFileSystem {
  return (wholeDisk ??= local('/'));
}

/** The place of a path of this machine, relative ones seen from the working directory. */
export function localPlace(path: string): FilePlace {
  return { fileSystem: localDisk(), path: resolveVirtualPath(rootPath, resolve(path)) };
}

/** Files that are copied side by side on one disk; more only make its head travel. */
const parallelTransfers = 4;

/** Opens the disk of this machine like a remote place; its home is the working directory. */
export function connectLocal(): Promise<Connection> {
  const facts = { protocol: 'file', host: null, port: null, user: null, software: null, security: null };
  const home = localPlace('.').path;
  return Promise.resolve(connectionOver(localDisk(), { facts, home, parallelTransfers, shared: true }));
}

import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileSystem } from '#core/file-system.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { local } from '#storage/local/local.ts';
import { parseAddress, parseSiteAddress } from '../address.ts';
import { connect } from '../connect/connect.ts';
import type { FilePlace } from '../copy/options.ts';
import type { ConnectOptions } from '../options.ts';
import type { MirrorSide } from './options.ts';

/** A side that is ready to be used. */
export interface OpenSide {
  readonly fileSystem: FileSystem;
  /** The top. */
  readonly path: VirtualPath;
  /** Gives back what was opened for it; does nothing for a side that the caller has opened. */
  close(): Promise<void>;
}

/**
 * Opens a side. A directory of this machine becomes a tree of its own, which no link and no name can lead out of.
 *
 * @param makeMissing make a local directory that is not there
 */
export async function openSide(
  side: MirrorSide,
  options: { readonly connect: ConnectOptions; readonly makeMissing: boolean },
): Promise<OpenSide> {
  if (typeof side !== 'string' && !(side instanceof URL))
    return { ...pickPlace(side), close: () => Promise.resolve() };
  const path = localPathOf(side);
  if (path !== null) return openDirectory(path, options.makeMissing);
  const remote = await connect(side, options.connect);
  return { fileSystem: remote.fileSystem, path: remote.directory, close: () => remote.close() };
}

function pickPlace({ fileSystem, path }: FilePlace): FilePlace {
  return { fileSystem, path };
}

/** The path of a side that is a directory of this machine. */
function localPathOf(side: string | URL): string | null {
  if (typeof side === 'string' && parseSiteAddress(side) !== null) return null;
  if (parseAddress(side).scheme !== 'file') return null;
  return side instanceof URL || side.startsWith('file:') ? fileURLToPath(side) : resolve(side);
}

/** Whether a side is a directory of this machine that is not there yet. */
export function isMissingHere(side: MirrorSide): boolean {
  if (typeof side !== 'string' && !(side instanceof URL)) return false;
  const path = localPathOf(side);
  return path !== null && !existsSync(path);
}

/**
 * Keeps a directory of this machine from being copied into itself, where it would grow with every run.
 *
 * @throws WherryError `invalid-argument` when `to` lies in `from`
 */
export function requireOutside(from: MirrorSide, to: MirrorSide): void {
  const [outer, inner] = [from, to].map((side) =>
    typeof side === 'string' || side instanceof URL ? localPathOf(side) : null,
  );
  if (typeof outer !== 'string' || typeof inner !== 'string' || outer === inner) return;
  if (inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)) {
    throw new WherryError(
      'invalid-argument',
      `${inner} lies in ${outer}, which cannot be copied into itself`,
    );
  }
}

/** @throws WherryError `not-found`, `not-directory` when there is no directory at a side */
export async function requireDirectory({ fileSystem, path }: OpenSide, signal?: AbortSignal): Promise<void> {
  const { type } = await fileSystem.stat(path, { signal });
  if (type !== 'directory') throw new WherryError('not-directory', `${path} is no directory`, { path });
}

async function openDirectory(path: string, makeMissing: boolean): Promise<OpenSide> {
  if (makeMissing) {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw toWherryError(error, 'make the target directory');
    }
  }
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) throw new WherryError('not-directory', `${path} is no directory`, { path });
  } catch (error) {
    throw toWherryError(error, `open ${path}`, path);
  }
  const fileSystem = local(path);
  return {
    fileSystem,
    path: rootPath,
    close: async () => {
      await fileSystem.close();
    },
  };
}

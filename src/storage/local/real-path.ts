import { closeSync, fstatSync, readlinkSync } from 'node:fs';
import { decodeName } from '#core/name-encoding.ts';
import { joinName, nameOf, parentOf, resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { failure } from '../failure.ts';
import { descriptorPath, openFlags } from './kernel.ts';
import { hasTemporaryName } from './temporary-name.ts';
import type { LocalTree } from './tree.ts';

const action = 'resolve the path';

export async function realLocalPath(tree: LocalTree, path: VirtualPath): Promise<VirtualPath> {
  if (path === rootPath) return path;
  if (hasTemporaryName(path)) throw failure('not-found', action, path);
  try {
    return await tree.jail.withOpen(path, openFlags.place, (opened) => pathOfOpened(tree, opened, path));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
  return realPathOfMissing(tree, path);
}

/** A dangling link counts as the name that it leads to; below a missing directory names stay as they are. */
async function realPathOfMissing(tree: LocalTree, path: VirtualPath): Promise<VirtualPath> {
  try {
    const place = await tree.jail.openFinalPlace(path, { action, followLast: true });
    try {
      return joinName(pathOfOpened(tree, place.directory, path), place.name);
    } finally {
      closeSync(place.directory);
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
  return joinName(await realLocalPath(tree, parentOf(path)), nameOf(path));
}

/** Where the kernel says that something opened lies, seen from the root; the host's part of it goes no further. */
function pathOfOpened(tree: LocalTree, opened: number, path: VirtualPath): VirtualPath {
  const root = hostPath(tree.jail.root);
  const found = hostPath(opened);
  const prefix = root === '/' ? '' : root;
  const inside = found === root || found.startsWith(`${prefix}/`);
  // Moved out of the tree or removed meanwhile: the kernel's text then names no place of this tree.
  if (!inside || fstatSync(opened).nlink === 0) throw failure('not-found', action, path);
  return resolveVirtualPath(rootPath, found.slice(prefix.length));
}

function hostPath(opened: number): string {
  return decodeName(readlinkSync(descriptorPath(opened), 'buffer'));
}

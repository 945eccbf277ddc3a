import type { FastifyRequest } from 'fastify';
import { WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import { joinName, parentOf, resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import { findEntry } from './files/find-entry.ts';
import { isName } from './files/walk.ts';
import type { UploadTarget } from './hosted-upload.ts';
import { shareOf } from './shares/share-session.ts';

/** What a browser wants to upload, and whether another name will do. */
export type AnnouncedUpload = UploadTarget & { readonly mayRename: boolean };

/**
 * Reads what an upload is announced with (tus 1.0, creation), and makes the directories on its way.
 *
 * @throws WherryError `invalid-argument`, `name-invalid`, or why the directories may not be made
 */
export async function readAnnouncement(request: FastifyRequest, session: Session): Promise<AnnouncedUpload> {
  const { fileSystem } = session;
  if (fileSystem === null) throw new WherryError('login-refused', 'Log in to upload');
  const length = Number(request.headers['upload-length']);
  if (!Number.isSafeInteger(length) || length < 0)
    throw new WherryError('invalid-argument', 'The upload does not say how long it is');
  const metadata = readMetadata(String(request.headers['upload-metadata'] ?? ''));
  const parts = (metadata.get('relativePath') ?? '').split('/');
  if (metadata.get('connection') !== 'account' || !parts.every(isName))
    throw new WherryError('name-invalid', 'Cannot upload it: the name is not allowed');
  const directory = resolveVirtualPath(rootPath, metadata.get('directory') ?? '/');
  let path = parts.reduce((above: VirtualPath, part) => joinName(above, part), directory);
  path = resolveVirtualPath(rootPath, path);
  await makeDirectories(fileSystem, directory, parentOf(path));
  // Whether a name is taken would tell what lies where nobody may look.
  const isBlind = shareOf(session)?.access === 'upload-only';
  const existing = isBlind ? 'rename' : (metadata.get('existing') ?? 'skip');
  const modifiedAt = Number(metadata.get('modifiedAt') ?? Number.NaN);
  return {
    path,
    length,
    modifiedAt: Number.isSafeInteger(modifiedAt) ? modifiedAt : null,
    replaces: existing === 'overwrite',
    mayRename: existing === 'rename',
  };
}

/** `Upload-Metadata` (tus 1.0, creation): keys, each with base64 of its value. */
function readMetadata(header: string): ReadonlyMap<string, string> {
  const pairs = header.split(',').map((pair) => pair.trim().split(' '));
  return new Map(pairs.map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

async function makeDirectories(fileSystem: FileSystem, top: VirtualPath, wanted: VirtualPath): Promise<void> {
  const missing: VirtualPath[] = [];
  for (let path = wanted; path !== top && path !== rootPath; path = parentOf(path)) {
    if ((await findEntry(fileSystem, path)) !== null) break;
    missing.push(path);
  }
  for (const path of missing.reverse()) {
    try {
      await fileSystem.makeDirectory(path);
    } catch (error) {
      // Files of one folder come side by side, and each makes the folder.
      if (!(error instanceof WherryError) || error.code !== 'exists') throw error;
    }
  }
}

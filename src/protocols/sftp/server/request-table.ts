import { packetType } from '../wire/packet-types.ts';
import { checkFile } from './check-file.ts';
import { copyData } from './copy-data.ts';
import { simpleExtensions } from './extension-requests.ts';
import { closeRequest, fsetstatRequest, fstatRequest, readRequest, writeRequest } from './file-requests.ts';
import { openRequest } from './open-request.ts';
import {
  mkdirRequest,
  opendirRequest,
  readdirRequest,
  readlinkRequest,
  realpathRequest,
  removeRequest,
  renameRequest,
  rmdirRequest,
  setstatRequest,
  statRequests,
  symlinkRequest,
} from './path-requests.ts';
import type { ExtensionRow, RequestRow } from './request-row.ts';

/** Every request of version 3 by its number. */
export const requestsByType: ReadonlyMap<number, RequestRow> = new Map([
  [packetType.open, openRequest],
  [packetType.close, closeRequest],
  [packetType.read, readRequest],
  [packetType.write, writeRequest],
  [packetType.lstat, statRequests.lstat],
  [packetType.fstat, fstatRequest],
  [packetType.setstat, setstatRequest],
  [packetType.fsetstat, fsetstatRequest],
  [packetType.opendir, opendirRequest],
  [packetType.readdir, readdirRequest],
  [packetType.remove, removeRequest],
  [packetType.mkdir, mkdirRequest],
  [packetType.rmdir, rmdirRequest],
  [packetType.realpath, realpathRequest],
  [packetType.stat, statRequests.stat],
  [packetType.rename, renameRequest('RENAME', false)],
  [packetType.readlink, readlinkRequest],
  [packetType.symlink, symlinkRequest],
]);

/** Every extension that this server has. */
export const extensions: readonly ExtensionRow[] = [...simpleExtensions, copyData, ...checkFile];

/** Extensions by the name in the request. */
export const extensionsByName: ReadonlyMap<string, ExtensionRow> = new Map(
  extensions.map((row) => [row.name, row]),
);

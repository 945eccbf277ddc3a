import { constants, lstatSync, openSync, renameSync } from 'node:fs';
import type { DirectoryNames } from '../contract.ts';
import { descriptorPath } from './descriptor-path.ts';

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Names by paths that lead through a descriptor; see {@link DirectoryNames}. */
export const directoryNames: DirectoryNames = {
  isFree: (directoryFd, name) =>
    lstatSync(pathOf(directoryFd, name), { throwIfNoEntry: false }) === undefined,
  create: (directoryFd, name, mode) => openSync(pathOf(directoryFd, name), newFile, mode),
  replace: (directoryFd, from, to) => {
    renameSync(pathOf(directoryFd, from), pathOf(directoryFd, to));
  },
};

function pathOf(directoryFd: number, name: string | Uint8Array): Buffer {
  return descriptorPath(directoryFd, Buffer.from(name).toString('latin1'));
}

import type { DirectoryNames } from '../contract.ts';
import { checkResult } from '../system-error.ts';
import type { Binding } from './binding.ts';

/** Names by the system calls that begin at a descriptor; see {@link DirectoryNames}. */
export function directoryNamesBy(binding: Binding): DirectoryNames {
  return {
    isFree: (directoryFd, name) => checkResult(binding.nameIsFree(directoryFd, name), 'lstat') === 1,
    create: (directoryFd, name, mode) => checkResult(binding.nameCreate(directoryFd, name, mode), 'open'),
    replace: (directoryFd, from, to) => {
      checkResult(binding.nameReplace(directoryFd, from, to), 'rename');
    },
  };
}

import type { Account } from '#core/account.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { AccountShare } from '../account-share.ts';
import { LimitedFileSystem } from './limited-file-system.ts';

/** The account's tree behind its quota and its largest file; the tree itself where neither is limited. */
export function limitedStorage(account: Account, share: AccountShare | null): FileSystem | null {
  const { fileSystem, limits } = account;
  if (fileSystem === null || limits === undefined) return fileSystem;
  const usage = share?.usage?.limitsStorage === true ? share.usage : null;
  const { largestFileBytes } = limits;
  return usage === null && largestFileBytes === null
    ? fileSystem
    : new LimitedFileSystem(fileSystem, { usage, largestFileBytes });
}

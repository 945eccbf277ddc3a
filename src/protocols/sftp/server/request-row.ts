import type { FileSystem } from '#core/file-system.ts';
import type { SftpReader } from '../wire/sftp-reader.ts';
import type { PreparedRequest, SftpSession } from './sftp-session.ts';

/** What the server knows of one kind of request. */
export interface RequestRow {
  /** Its name in logs and in the reference. */
  readonly name: string;
  /** Whether it changes anything, for the reference. */
  readonly writes: boolean;
  /**
   * Reads the fields and finds what they name; nothing is done yet.
   *
   * @throws WherryError for the client's status
   */
  prepare(session: SftpSession, reader: SftpReader): PreparedRequest;
}

/** A request that has a name in place of a number. */
export interface ExtensionRow extends RequestRow {
  /** How VERSION announces it; null for one that another row's announcement covers. */
  readonly announced: { readonly name: string; readonly data: string } | null;
  /** Whether this storage can do it at all; always when absent. */
  available?(fileSystem: FileSystem): boolean;
}

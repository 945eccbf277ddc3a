import type { Failure, Place, StreamEnd } from './common.ts';

/** A file, directory or link, as `core/entry.ts` tells of it; what the source did not say is absent. */
export interface EntryRecord {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly size?: number;
  readonly modifiedAt?: number;
  readonly modifiedPrecision?: 'year' | 'day' | 'minute' | 'second' | 'subsecond';
  readonly accessedAt?: number;
  readonly createdAt?: number;
  /** Permission bits, 0 to 0o7777. */
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
  readonly userId?: number;
  readonly groupId?: number;
  readonly links?: number;
  /** The text of a symbolic link. */
  readonly linkTarget?: string;
  /** What a symbolic link leads to, where the listing says so. */
  readonly linkType?: 'file' | 'directory' | 'other' | 'dangling';
}

/** What a connection can do; an action that is not possible is not offered. */
export interface ConnectionCapabilities {
  readonly write: boolean;
  readonly list: boolean;
  readonly rename: boolean;
  readonly setMode: boolean;
  readonly setTimes: boolean;
  readonly symlinks: boolean;
  readonly copy: boolean;
  readonly space: boolean;
  /** Digests that the far end makes by itself; others are made of the bytes on their way. */
  readonly checksums: readonly string[];
  /** Takes raw commands of its protocol. */
  readonly commands: boolean;
}

/**
 * Where a connection stands. `connecting` may wait for a question (`trust.ts`); `lost` connections come back with the
 * next request or with `reconnect`; `failed` never got through.
 */
export type ConnectionState = 'connecting' | 'ready' | 'lost' | 'failed' | 'closed';

/** A place that panes can show: the local disk, a remote login, or the account's own tree. */
export interface ConnectionRecord {
  readonly id: string;
  readonly kind: 'local' | 'remote' | 'account';
  readonly state: ConnectionState;
  /** Short, for a tab: the site's name or `user@host`. */
  readonly label: string;
  /** The address without a password, as `connect` takes it. */
  readonly address: string;
  /** `ftp`, `ftps`, `ftpes`, `sftp`, …; `file` for the local disk. */
  readonly protocol: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly user: string | null;
  readonly software: string | null;
  /** TLS version and cipher, or the SSH algorithms; null in the clear. */
  readonly security: string | null;
  readonly home: string;
  readonly siteId: string | null;
  readonly capabilities: ConnectionCapabilities;
  readonly error: Failure | null;
}

/** How to reach a server: an address as the command line takes it, or a saved site. */
export type ConnectRequest =
  | {
      readonly address: string;
      readonly user?: string;
      readonly password?: string;
      readonly account?: string;
    }
  | { readonly siteId: string };

/** A text file as the editor shows it. */
export interface TextFile {
  readonly text: string;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly byteOrderMark: boolean;
  readonly lineEnding: 'lf' | 'crlf' | 'cr';
  /** Changes when the file does; what is written back names it, so that nobody's work is overwritten unseen. */
  readonly version: string;
  readonly writable: boolean;
}

/** What a whole directory holds, links not followed. */
export interface DirectorySize {
  readonly bytes: number;
  readonly files: number;
  readonly directories: number;
}

export interface Space {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** What is to be found; all conditions that are given must hold. */
export interface SearchQuery {
  readonly places: readonly Place[];
  /** Matched against names: a glob, or a regular expression. */
  readonly name?: string;
  readonly nameSyntax: 'glob' | 'regex';
  readonly caseSensitive: boolean;
  readonly type?: 'file' | 'directory' | 'symlink';
  readonly minimumBytes?: number;
  readonly maximumBytes?: number;
  readonly modifiedAfter?: number;
  readonly modifiedBefore?: number;
  /** Looked for in files of at most 16 MiB. */
  readonly content?: string;
}

export interface SearchHit {
  /** The directory that holds the entry. */
  readonly place: Place;
  readonly entry: EntryRecord;
}

export interface FilesRoutes {
  'GET /connections': { reply: { readonly connections: readonly ConnectionRecord[] } };
  /**
   * Begins to connect and answers at once with a record in the state `connecting`; what follows comes as
   * `connection` messages, and questions as `question`.
   */
  'POST /connections': { body: ConnectRequest; reply: ConnectionRecord };
  'POST /connections/:connection/reconnect': {
    params: { readonly connection: string };
    reply: ConnectionRecord;
  };
  'DELETE /connections/:connection': { params: { readonly connection: string }; reply: null };
  /**
   * Sends a raw command (`SITE …`, `STAT`) to a connection with `capabilities.commands`; `not-supported` where the
   * protocol has none, `invalid-argument` for commands that transfers and logins are made of. The reply is what the
   * server said, each line with its code, also when it refused.
   */
  'POST /connections/:connection/command': {
    params: { readonly connection: string };
    body: { readonly command: string };
    reply: { readonly reply: string };
  };
  'POST /files/stat': { body: Place; reply: EntryRecord };
  'POST /files/space': { body: Place; reply: Space };
  'POST /files/directory': { body: Place & { readonly parents?: boolean }; reply: EntryRecord };
  /** Makes an empty file; `exists` when the name is taken. */
  'POST /files/create': { body: Place; reply: EntryRecord };
  /** Both paths lie on one connection; `exists` unless `overwrite`. */
  'POST /files/rename': {
    body: {
      readonly connection: string;
      readonly from: string;
      readonly to: string;
      readonly overwrite?: boolean;
    };
    reply: EntryRecord;
  };
  'POST /files/times': { body: Place & { readonly modifiedAt: number }; reply: EntryRecord };
  'POST /files/symlink': { body: Place & { readonly target: string }; reply: EntryRecord };
  /** `too-large` above 4 MiB, `not-supported` with the message of why for what is not text. */
  'POST /files/text': { body: Place; reply: TextFile };
  /** Fails with `busy` when the file is no longer the version named; without a version it is written anyway. */
  'PUT /files/text': {
    body: Place & Omit<TextFile, 'version' | 'writable'> & { readonly version?: string };
    reply: { readonly version: string };
  };
  /**
   * An address under which the browser fetches these bytes for the next ten minutes with this session's cookie,
   * without any path in it. One file, or several and directories as an archive. `inline` is for previews: the backend
   * answers with `Content-Security-Policy: sandbox`, `nosniff`, and a type of its own list (pictures, sound, video,
   * PDF, plain text), never HTML, SVG or script.
   */
  'POST /files/ticket': {
    body: {
      readonly connection: string;
      readonly paths: readonly string[];
      readonly disposition: 'inline' | 'attachment';
      readonly archive?: 'zip';
    };
    reply: { readonly url: string; readonly expiresAt: number };
  };
}

/** What a listing says line by line; the first line comes as soon as the server has sent anything. */
export type ListLine = { readonly entries: readonly EntryRecord[] } | StreamEnd;

/** What a recursive change says: progress every so often, each failure, and the end. */
export type ChangeLine =
  | { readonly done: number; readonly path: string }
  | { readonly failed: Failure; readonly path: string }
  | StreamEnd;

export type SizeLine = (DirectorySize & { readonly path: string; readonly final: boolean }) | StreamEnd;
export type SearchLine = { readonly hits: readonly SearchHit[] } | { readonly visiting: Place } | StreamEnd;
export type ChecksumLine =
  | { readonly bytes: number; readonly total: number | null }
  | { readonly digest: string; readonly madeBy: 'server' | 'transfer' }
  | StreamEnd;

/**
 * Replies of many lines (`application/x-ndjson`), each a JSON object, written as things become known. Closing the
 * request stops the work at the far end.
 */
export interface FilesStreams {
  'POST /files/list': { body: Place; line: ListLine };
  'POST /files/sizes': {
    body: { readonly connection: string; readonly paths: readonly string[] };
    line: SizeLine;
  };
  'POST /files/search': { body: SearchQuery; line: SearchLine };
  /** Directories with all they hold, links themselves. */
  'POST /files/delete': {
    body: { readonly connection: string; readonly paths: readonly string[] };
    line: ChangeLine;
  };
  'POST /files/mode': {
    body: {
      readonly connection: string;
      readonly paths: readonly string[];
      /** Bits to set and bits to clear; the others stay as each file has them. */
      readonly set: number;
      readonly clear: number;
      readonly recursive: 'no' | 'all' | 'files' | 'directories';
    };
    line: ChangeLine;
  };
  'POST /files/checksum': { body: Place & { readonly algorithm: string }; line: ChecksumLine };
}

import type { Entry } from '#core/entry.ts';
import { joinName, parentOf, type VirtualPath } from '#core/virtual-path.ts';
import {
  maximumRecursionDepth,
  maximumRecursiveEntries,
  maximumWaitingDirectories,
} from '../../wire/limits.ts';
import type { ListOptions, ListRequest } from '../../wire/list-arguments.ts';
import { displayName } from '../../wire/listing-name.ts';
import { createUnixFormatter, formatNameLine } from '../../wire/unix-listing.ts';
import type { FtpConnection } from '../connection.ts';
import { isAbsence } from './expand-glob.ts';
import { giveWay } from './give-way.ts';
import { findListSubject, type ListSubject } from './list-subject.ts';
import { oneAhead } from './one-ahead.ts';
import { inOrder } from './order.ts';

/** `long` is what LIST tells, `names` what NLST tells. */
export type ListStyle = 'long' | 'names';

/** The text of one listing as it is made, with what became of it. */
export class Listing {
  /** Whether a recursive listing stopped at a limit. */
  truncated = false;
  readonly #connection: FtpConnection;
  readonly #options: ListOptions;
  readonly #style: ListStyle;
  readonly #format: (entry: Entry, name?: string) => string;

  constructor(connection: FtpConnection, options: ListOptions, style: ListStyle) {
    this.#connection = connection;
    this.#options = options;
    this.#style = style;
    const { numericOwners, classify, humanSizes } = options;
    this.#format = createUnixFormatter({ now: Date.now(), numericOwners, classify, humanSizes });
  }

  /** The lines of what is asked for, many a piece, each with its CRLF; nothing for an empty directory. */
  async *pieces(request: ListRequest): AsyncGenerator<string> {
    yield* this.piecesOf(await findListSubject(this.#connection, request));
  }

  /** As {@link pieces}, when it is known already what is asked for. */
  async *piecesOf(subject: ListSubject): AsyncGenerator<string> {
    if (subject.kind === 'matches') {
      for await (const matches of subject.matches) {
        let text = '';
        for (const { entry, shown } of matches) text += this.#line(entry, shown);
        yield text;
      }
    } else if (this.#options.recursive) {
      yield* this.#tree(subject.path, subject.shown);
    } else {
      if (this.#options.all && this.#style === 'long') yield await this.#dots(subject.path);
      const prefix = this.#style === 'names' ? asPrefix(subject.shown) : '';
      for await (const batch of this.#entries(subject.path, this.#options.followLinks)) {
        yield this.#lines(batch, prefix);
      }
    }
  }

  /** What a directory holds, and below it, one directory after the other under its name. */
  async *#tree(top: VirtualPath, shown: string): AsyncGenerator<string> {
    const waiting: { path: VirtualPath; shown: string; depth: number }[] = [{ path: top, shown, depth: 0 }];
    let left = maximumRecursiveEntries;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { path, depth } = next;
      const prefix = asPrefix(next.shown);
      if (depth > 0 && this.#style === 'long') yield `\r\n${displayName(next.shown)}:\r\n`;
      const inside: string[] = [];
      try {
        for await (const batch of this.#entries(path, false)) {
          yield this.#lines(batch, this.#style === 'names' ? prefix : '');
          for (const entry of batch) {
            if (entry.type === 'directory' && this.#isShown(entry)) inside.push(entry.name);
          }
          left -= batch.length;
          if (left <= 0) break;
        }
      } catch (thrown) {
        // What vanished or may not be seen below the top is no failure of the listing.
        if (depth === 0 || !isAbsence(thrown)) throw thrown;
      }
      const tooDeep = depth >= maximumRecursionDepth && inside.length > 0;
      const tooMany = left <= 0 || waiting.length + inside.length > maximumWaitingDirectories;
      if (tooDeep || tooMany) this.truncated = true;
      if (left <= 0) return;
      if (!tooDeep && !tooMany) {
        for (const name of inside.toReversed()) {
          waiting.push({ path: joinName(path, name), shown: prefix + name, depth: depth + 1 });
        }
      }
      await giveWay();
    }
  }

  #entries(path: VirtualPath, followSymlinks: boolean): AsyncIterable<readonly Entry[]> {
    const batches = this.#connection.fileSystem.readDirectory(path, { followSymlinks });
    return inOrder(oneAhead(batches), this.#options);
  }

  #lines(batch: readonly Entry[], prefix: string): string {
    let text = '';
    if (this.#style === 'long' || this.#options.long) {
      const format = this.#format;
      for (const entry of batch) {
        if (this.#isShown(entry))
          text += `${format(entry, prefix === '' ? entry.name : prefix + entry.name)}\r\n`;
      }
    } else {
      for (const entry of batch) {
        if (this.#isShown(entry)) text += `${formatNameLine(entry.name, prefix)}\r\n`;
      }
    }
    return text;
  }

  #line(entry: Entry, shown: string): string {
    const long = this.#style === 'long' || this.#options.long;
    return `${long ? this.#format(entry, shown) : formatNameLine(shown)}\r\n`;
  }

  #isShown({ name }: Entry): boolean {
    return this.#options.all || this.#options.hidden || !name.startsWith('.');
  }

  /** The directory itself and the one above it, for as far as they can be seen. */
  async #dots(path: VirtualPath): Promise<string> {
    const { fileSystem } = this.#connection;
    const own = this.#line(await fileSystem.stat(path), '.');
    try {
      return own + this.#line(await fileSystem.stat(parentOf(path)), '..');
    } catch (thrown) {
      if (isAbsence(thrown)) return own;
      throw thrown;
    }
  }
}

/** What stands before the names of a directory so that they can be used from where the client is. */
function asPrefix(shown: string): string {
  return shown === '' || shown.endsWith('/') ? shown : `${shown}/`;
}

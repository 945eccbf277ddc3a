import type { Entry } from '#core/entry.ts';
import { WherryError } from '#core/errors.ts';
import type { OperationOptions } from '#core/file-system.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';
import type { ListingParser } from '../../wire/list-parser/listing-parser.ts';
import { readTimeValue } from '../../wire/time-value.ts';
import { isUnknownCommand, replyError } from '../reply-errors.ts';
import type { FtpSession } from '../session.ts';
import type { Transfer } from '../transfer/transfer.ts';
import type { Transfers } from '../transfer/transfers.ts';
import { isUsableName, readLines } from './listing.ts';
import { overTransfer, readMachineListing } from './read-directory.ts';

const action = 'list the directory';

/** What old servers say instead of giving an empty listing. */
const nothingThere = /no (?:such )?files?\b|no (?:data sets|members)|empty|not any/i;

const minuteMs = 60_000;
/** Entries of a listing that are held in memory for that; few directories have more. */
const maximumHeldEntries = 20_000;
/** Time zones are whole quarters of an hour. */
const zoneStepMs = 15 * minuteMs;
const farthestZoneMs = 15 * 60 * minuteMs;

/**
 * Lists directories: by MLSD where the server has it, else by `LIST -a`, else by LIST. What turned out not to work is
 * not tried again in the session.
 */
export class Listings {
  readonly #session: FtpSession;
  readonly #transfers: Transfers;
  #machine: boolean;
  #hidden: boolean;
  /** The directory that the server is in; null when it is not known for certain. */
  #current: VirtualPath | null = null;
  /** How far the server's clock is ahead of UTC in listings; null until it is known. */
  #offsetMinutes: number | null;

  constructor(session: FtpSession, transfers: Transfers) {
    this.#session = session;
    this.#transfers = transfers;
    const { options, profile } = session;
    this.#machine = options.machineListing !== 'never' && profile.features.has('MLST');
    this.#hidden = profile.listsHidden;
    this.#offsetMinutes = options.timeOffsetMinutes ?? (profile.features.has('MDTM') ? null : 0);
  }

  /** The entries of a directory. @throws WherryError `not-found`, `not-directory`, `permission`, … */
  async *read(path: VirtualPath, options: OperationOptions): AsyncGenerator<readonly Entry[]> {
    let given = false;
    try {
      for await (const batch of this.#readOnce(path, options)) {
        given = true;
        yield batch;
      }
      return;
    } catch (thrown) {
      // pyftpdlib, told to abort before it saw that the data connection is gone, breaks off the next transfer for it.
      const wasLost = thrown instanceof WherryError && thrown.code === 'connection-lost';
      if (given || !wasLost || !this.#session.link.takeUntoldEnd()) throw thrown;
    }
    yield* this.#readOnce(path, options);
  }

  async *#readOnce(path: VirtualPath, options: OperationOptions): AsyncGenerator<readonly Entry[]> {
    if (this.#machine) {
      try {
        yield* readMachineListing(this.#session, this.#transfers, path, options);
        return;
      } catch (thrown) {
        if (!isUnknown(thrown)) throw thrown;
        this.#machine = false;
      }
    }
    yield* this.readByList(path, options);
  }

  /** As {@link read}, but by LIST alone. */
  async *readByList(path: VirtualPath, options: OperationOptions): AsyncGenerator<readonly Entry[]> {
    if (this.#hidden) {
      try {
        yield* this.#list(path, '-a', options);
        return;
      } catch (thrown) {
        if (!isRefusedOption(thrown)) throw thrown;
        this.#hidden = false;
      }
    }
    yield* this.#list(path, null, options);
  }

  async *#list(
    path: VirtualPath,
    argument: string | null,
    options: OperationOptions,
  ): AsyncGenerator<readonly Entry[]> {
    const { signal } = options;
    let transfer: Transfer;
    try {
      transfer = await this.#transfers.start({
        verb: 'LIST',
        argument,
        direction: 'download',
        action,
        path,
        signal,
        // Spaces, brackets and leading hyphens in an argument mean something else to every server.
        prepare: () => this.#enter(path),
      });
    } catch (thrown) {
      if (isEmptyNotice(thrown)) return;
      throw thrown;
    }
    // Few servers are without MLSD, and reading LIST takes a lot of code.
    const { ListingParser } = await import('../../wire/list-parser/listing-parser.ts');
    const parser = new ListingParser({
      timeOffsetMinutes: this.#offsetMinutes ?? 0,
      ...(this.#session.profile.system === null ? {} : { systemType: this.#session.profile.system }),
      ...(this.#session.options.listDialect === undefined
        ? {}
        : { dialect: this.#session.options.listDialect }),
    });
    const parsed = overTransfer(transfer, path, signal, () => this.#parse(transfer, parser));
    try {
      if (this.#offsetMinutes === null) yield* this.#measured(parsed, path);
      else yield* parsed;
    } catch (thrown) {
      if (!isEmptyNotice(thrown)) throw thrown;
    }
    this.#tellUnknown(parser);
  }

  async *#parse(transfer: Transfer, parser: ListingParser): AsyncGenerator<readonly Entry[]> {
    const { codec } = this.#session.link;
    const usable = (entries: readonly Entry[]): readonly Entry[] =>
      entries.filter((entry) => isUsableName(entry, this.#session));
    for await (const lines of readLines(transfer)) {
      const entries = usable(parser.push(lines.map((line) => `${codec.decode(line)}\n`).join('')));
      if (entries.length > 0) yield entries;
    }
    const rest = usable(parser.end());
    if (rest.length > 0) yield rest;
  }

  /**
   * The first listing is held back until a file's own time (MDTM) shows how far the server's clock is off, which cannot
   * be asked while it arrives. One that is too large for that is given as it comes, its times taken for UTC.
   */
  async *#measured(
    batches: AsyncIterable<readonly Entry[]>,
    path: VirtualPath,
  ): AsyncGenerator<readonly Entry[]> {
    const entries: Entry[] = [];
    let isLarge = false;
    for await (const batch of batches) {
      if (isLarge) {
        yield batch;
        continue;
      }
      for (const entry of batch) entries.push(entry);
      isLarge = entries.length > maximumHeldEntries;
      if (isLarge) yield entries.splice(0);
    }
    if (isLarge) return;
    const dated = entries.find(
      ({ type, modifiedPrecision }) =>
        type === 'file' && (modifiedPrecision === 'minute' || modifiedPrecision === 'second'),
    );
    if (dated?.modifiedAt === undefined || dated.modifiedAt === null) {
      if (entries.length > 0) yield entries;
      return;
    }
    const reply = await this.#session.link.command('MDTM', joinName(path, dated.name));
    const told = reply.code < 300 ? readTimeValue((reply.lines.at(-1) ?? '').trim()) : null;
    const apartMs = told === null ? 0 : dated.modifiedAt - told;
    const offsetMs = Math.round(apartMs / zoneStepMs) * zoneStepMs;
    this.#offsetMinutes = Math.abs(offsetMs) > farthestZoneMs ? 0 : offsetMs / minuteMs;
    if (this.#offsetMinutes !== 0) {
      this.#session.conversation.status(`Times in listings are ${this.#offsetMinutes} minutes ahead of UTC`);
    }
    yield entries.map((entry) => shifted(entry, this.#offsetMinutes ?? 0));
  }

  async #enter(path: VirtualPath): Promise<void> {
    if (this.#current === path) return;
    this.#current = null;
    const reply = await this.#session.link.command('CWD', path);
    if (reply.code >= 300) throw replyError(reply, { verb: 'CWD', action, path });
    this.#current = path;
  }

  #tellUnknown(parser: ListingParser): void {
    for (const line of parser.unknownLines.slice(0, 3)) {
      this.#session.conversation.error(`A line of the listing was not understood and is left out: ${line}`);
    }
  }
}

function shifted(entry: Entry, offsetMinutes: number): Entry {
  const { modifiedAt, modifiedPrecision } = entry;
  const exact =
    modifiedPrecision === 'minute' || modifiedPrecision === 'second' || modifiedPrecision === 'subsecond';
  if (offsetMinutes === 0 || modifiedAt === null || !exact) return entry;
  return { ...entry, modifiedAt: modifiedAt - offsetMinutes * minuteMs };
}

function isUnknown(thrown: unknown): boolean {
  return (
    thrown instanceof WherryError &&
    thrown.reply !== undefined &&
    isUnknownCommand({ code: thrown.reply, lines: [] })
  );
}

/** Servers that take `-a` for a name say that there is none. */
function isRefusedOption(thrown: unknown): boolean {
  if (!(thrown instanceof WherryError)) return false;
  const { reply } = thrown;
  return reply !== undefined && reply >= 500 && !nothingThere.test(thrown.message);
}

function isEmptyNotice(thrown: unknown): boolean {
  return (
    thrown instanceof WherryError &&
    (thrown.reply === 450 || thrown.reply === 550) &&
    nothingThere.test(thrown.message)
  );
}

import type { Entry } from '#core/entry.ts';
import { describeErrorCode, toWherryError, WherryError, type ErrorCode } from '#core/errors.ts';
import { joinName, nameOf, type VirtualPath } from '#core/virtual-path.ts';
import { BufferPool } from '#engine/buffer-pool.ts';
import { formatEntryLine, formatTimesLine } from '../wire/control-line.ts';
import type { ScpCommand } from '../wire/scp-command.ts';
import { expandWildcards, hasWildcards } from './glob.ts';
import type { ScpContext } from './scp-context.ts';
import type { TransferReport } from './transfer-report.ts';

const buffers = new BufferPool(262_144, 8);
const endLine = Buffer.from('E\n', 'latin1');
/** What stands for a mode that the storage does not have. */
const assumedFileMode = 0o644;
const assumedDirectoryMode = 0o755;

/** Sends files (`scp -f`). */
export class Source {
  readonly #context: ScpContext;
  readonly #command: ScpCommand;
  #problems = 0;

  constructor(context: ScpContext, command: ScpCommand) {
    this.#context = context;
    this.#command = command;
  }

  /** @returns the exit status */
  async run(): Promise<number> {
    await this.#context.stream.answer();
    for (const pattern of this.#command.paths) {
      for (const path of await this.#find(this.#context.resolve(pattern))) await this.#send(path);
    }
    return this.#problems === 0 ? 0 : 1;
  }

  async #find(pattern: VirtualPath): Promise<readonly VirtualPath[]> {
    if (!hasWildcards(pattern) || (await this.#context.typeOf(pattern)) !== null) return [pattern];
    const found = await expandWildcards(this.#context.fileSystem, pattern);
    if (found.length === 0) await this.#warn(pattern, 'not-found');
    return found;
  }

  /** Sends what a path leads to; what cannot be sent is told and passed over. */
  async #send(path: VirtualPath): Promise<void> {
    const { fileSystem } = this.#context;
    let entry: Entry;
    try {
      entry = await fileSystem.stat(path);
    } catch (thrown) {
      await this.#warn(path, toWherryError(thrown, 'examine the entry').code);
      return;
    }
    if (nameOf(path).includes('\n')) await this.#warn(path, 'name-invalid');
    else if (entry.type === 'file') await this.#sendFile(path);
    else if (entry.type === 'directory' && this.#command.recursive) await this.#sendDirectory(path, entry);
    else await this.#warn(path, entry.type === 'directory' ? 'is-directory' : 'not-regular');
  }

  async #sendDirectory(path: VirtualPath, entry: Entry): Promise<void> {
    const { stream, fileSystem } = this.#context;
    const name = nameOf(path) || '.';
    if (!(await this.#announce(entry, formatEntryLine('D', entry.mode ?? assumedDirectoryMode, 0, name))))
      return;
    try {
      for await (const batch of fileSystem.readDirectory(path)) {
        for (const child of batch) await this.#send(joinName(path, child.name));
      }
    } catch (thrown) {
      const error = toWherryError(thrown, 'list the directory');
      if (error.code === 'aborted' || error.code === 'truncated' || error.code === 'closed') throw error;
      await this.#warn(path, error.code);
    }
    await stream.write(endLine);
    this.#heed(await stream.answer());
  }

  async #sendFile(path: VirtualPath): Promise<void> {
    const { stream, fileSystem } = this.#context;
    let handle;
    try {
      handle = await fileSystem.openRead(path);
    } catch (thrown) {
      await this.#warn(path, toWherryError(thrown, 'open the file').code);
      return;
    }
    const report = this.#context.report('download', path);
    let failure: WherryError | null = new WherryError('aborted', 'The client did not want the file');
    try {
      const { entry } = handle;
      const size = entry.size ?? 0;
      const line = formatEntryLine('C', entry.mode ?? assumedFileMode, size, nameOf(path));
      if (!(await this.#announce(entry, line))) return;
      failure = await this.#sendOctets(handle, size, report);
      if (failure === null) await stream.ok();
      else await this.#warn(path, failure.code);
      this.#heed(await stream.answer());
    } catch (thrown) {
      failure = toWherryError(thrown, 'send the file');
      throw failure;
    } finally {
      await handle.close();
      report.end(failure === null ? 'completed' : 'failed', failure?.message ?? null);
    }
  }

  /** Sends exactly `size` octets: a file that has become shorter is filled up with zeros, and that is told. */
  async #sendOctets(
    handle: { read(target: Uint8Array, position: number): number | Promise<number> },
    size: number,
    report: TransferReport,
  ): Promise<WherryError | null> {
    const buffer = buffers.take();
    let failure: WherryError | null = null;
    try {
      for (let position = 0; position < size;) {
        const wanted = buffer.subarray(0, Math.min(buffer.length, size - position, report.pieceSize));
        let count = 0;
        try {
          if (failure === null) count = await handle.read(wanted, position);
        } catch (thrown) {
          failure = toWherryError(thrown, 'read the file');
        }
        if (count < wanted.length) {
          failure ??= new WherryError('truncated', 'The file has become shorter');
          wanted.fill(0, count);
        }
        // A volume that is used up ends everything: filling up would only use more of it.
        await report.pass(count);
        await this.#context.stream.write(wanted);
        position += wanted.length;
        report.count(wanted.subarray(0, count));
      }
    } finally {
      buffers.give(buffer);
    }
    return failure;
  }

  /** Sends times where they are wanted, then the line; whether the client wants what follows. */
  async #announce(entry: Entry, line: Buffer): Promise<boolean> {
    const { stream } = this.#context;
    if (this.#command.preserve && entry.modifiedAt !== null) {
      await stream.write(formatTimesLine(entry.modifiedAt, entry.accessedAt ?? entry.modifiedAt));
      if (!this.#heed(await stream.answer())) return false;
    }
    await stream.write(line);
    return this.#heed(await stream.answer());
  }

  #heed(words: string | null): boolean {
    if (words !== null) this.#problems += 1;
    return words === null;
  }

  async #warn(path: VirtualPath, code: ErrorCode): Promise<void> {
    this.#problems += 1;
    await this.#context.stream.problem(`${path}: ${describeErrorCode(code)}`);
  }
}

import { describeErrorCode, toWherryError, WherryError } from '#core/errors.ts';
import type { Attributes, WriteHandle } from '#core/file-system.ts';
import { joinName, type VirtualPath } from '#core/virtual-path.ts';
import { BufferPool } from '#engine/buffer-pool.ts';
import { parseControlLine, type ControlLine } from '../wire/control-line.ts';
import type { ScpCommand } from '../wire/scp-command.ts';
import type { ScpContext } from './scp-context.ts';
import type { TransferReport } from './transfer-report.ts';

const buffers = new BufferPool(262_144, 8);
/** Directories one within the other; deeper trees end at the longest path anyway. */
const maximumDepth = 256;
const defaultModeBits = 0o777;

interface Level {
  readonly path: VirtualPath;
  /** What the directory gets when it is complete. */
  readonly attributes: Attributes;
}

/** Receives files (`scp -t`). */
export class Sink {
  readonly #context: ScpContext;
  readonly #command: ScpCommand;
  readonly #levels: Level[] = [];
  #times: Attributes = {};
  #problems = 0;

  constructor(context: ScpContext, command: ScpCommand) {
    this.#context = context;
    this.#command = command;
  }

  /** @returns the exit status */
  async run(): Promise<number> {
    const { stream } = this.#context;
    const target = this.#context.resolve(this.#command.paths[0] ?? '.');
    const isDirectory = (await this.#context.typeOf(target)) === 'directory';
    if (this.#command.targetIsDirectory && !isDirectory) {
      await stream.problem(`${target}: ${describeErrorCode('not-directory')}`, true);
      return 1;
    }
    await stream.ok();
    for (let line = await stream.line(); line !== null; line = await stream.line()) {
      const goOn = await this.#take(line, { path: target, isDirectory });
      if (!goOn) return 1;
    }
    return this.#problems === 0 ? 0 : 1;
  }

  async #take(
    bytes: Buffer,
    target: { readonly path: VirtualPath; readonly isDirectory: boolean },
  ): Promise<boolean> {
    const { stream } = this.#context;
    let line: ControlLine;
    try {
      line = parseControlLine(bytes);
    } catch (thrown) {
      await stream.problem(toWherryError(thrown, 'read the line').message, true);
      return false;
    }
    const inside = this.#levels.at(-1)?.path ?? (target.isDirectory ? target.path : null);
    if (line.kind === 'problem') {
      this.#problems += 1;
      return !line.fatal;
    }
    if (line.kind === 'times') {
      this.#times = { modifiedAt: line.modifiedAt, accessedAt: line.accessedAt };
      await stream.ok();
      return true;
    }
    if (line.kind === 'end') return this.#leave();
    const path = inside === null ? target.path : joinName(inside, line.name);
    if (line.kind === 'directory') return this.#enter(path, line.mode);
    await this.#receive(path, line);
    return true;
  }

  async #enter(path: VirtualPath, mode: number): Promise<boolean> {
    const { stream, fileSystem } = this.#context;
    if (!this.#command.recursive || this.#levels.length >= maximumDepth) {
      await stream.problem('a directory was not expected here', true);
      return false;
    }
    const attributes = this.#takeAttributes(mode);
    try {
      if ((await this.#context.typeOf(path)) !== 'directory') {
        // What is to be put inside needs the right to write there, whatever the directory's mode will be.
        await fileSystem.makeDirectory(path, { mode: (mode & defaultModeBits) | 0o700 });
      }
    } catch (thrown) {
      // Without the directory nothing that follows has a place.
      await stream.problem(`${path}: ${describe(thrown)}`, true);
      return false;
    }
    this.#levels.push({ path, attributes });
    await stream.ok();
    return true;
  }

  async #leave(): Promise<boolean> {
    const { stream, fileSystem } = this.#context;
    const level = this.#levels.pop();
    if (level === undefined) {
      await stream.problem('a directory ended that had not begun', true);
      return false;
    }
    try {
      if (this.#command.preserve) await fileSystem.setAttributes(level.path, level.attributes);
      await stream.ok();
    } catch (thrown) {
      await this.#warn(level.path, thrown);
    }
    return true;
  }

  /** Times hold for the next entry only. */
  #takeAttributes(mode: number): Attributes {
    const attributes = { ...this.#times, mode: mode & defaultModeBits };
    this.#times = {};
    return attributes;
  }

  async #receive(path: VirtualPath, line: { readonly mode: number; readonly size: number }): Promise<void> {
    const { stream, fileSystem } = this.#context;
    const attributes = this.#takeAttributes(line.mode);
    let handle: WriteHandle;
    try {
      handle = await fileSystem.openWrite(path, { mode: attributes.mode });
    } catch (thrown) {
      await this.#warn(path, thrown);
      return;
    }
    const report = this.#context.report('upload', path);
    await stream.ok();
    let failure: WherryError | null = null;
    try {
      failure = await this.#copy(handle, line.size, report);
      const words = await stream.lastWord();
      if (words !== null)
        failure ??= new WherryError('truncated', 'The client could not read all of the file');
      if (failure === null && this.#command.preserve) await handle.setAttributes(attributes);
    } catch (thrown) {
      await this.#giveUp(handle, report, toWherryError(thrown, 'receive the file'));
      throw thrown;
    }
    if (failure === null) {
      report.publishes();
      failure = await finish(handle);
    } else {
      await handle.abort();
    }
    report.end(failure === null ? 'completed' : 'failed', failure?.message ?? null);
    if (failure === null) await stream.ok();
    else await this.#warn(path, failure);
  }

  async #giveUp(handle: WriteHandle, report: TransferReport, error: WherryError): Promise<void> {
    report.end('aborted', error.message);
    await handle.abort();
  }

  /** Takes all octets of a file also when they cannot be written, to stay in step; returns what went wrong. */
  async #copy(handle: WriteHandle, size: number, report: TransferReport): Promise<WherryError | null> {
    const buffer = buffers.take();
    let failure: WherryError | null = null;
    try {
      for (let position = 0; position < size;) {
        const piece = failure === null ? report.pieceSize : buffer.length;
        const filled = await this.#fill(buffer, Math.min(buffer.length, size - position, piece));
        if (failure === null) failure = await pass(report, filled);
        if (failure === null) failure = await write(handle, buffer.subarray(0, filled), position);
        position += filled;
        report.count(buffer.subarray(0, filled));
      }
    } finally {
      buffers.give(buffer);
    }
    return failure;
  }

  async #fill(buffer: Buffer, wanted: number): Promise<number> {
    let filled = 0;
    while (filled < wanted) {
      const data = await this.#context.stream.take(wanted - filled);
      if (data === null) throw new WherryError('truncated', 'The client left in the middle of a file');
      buffer.set(data, filled);
      filled += data.length;
    }
    return filled;
  }

  async #warn(path: VirtualPath, thrown: unknown): Promise<void> {
    this.#problems += 1;
    await this.#context.stream.problem(`${path}: ${describe(thrown)}`);
  }
}

function describe(thrown: unknown): string {
  return describeErrorCode(toWherryError(thrown, 'receive the file').code);
}

async function pass(report: TransferReport, bytes: number): Promise<WherryError | null> {
  try {
    await report.pass(bytes);
    return null;
  } catch (thrown) {
    return toWherryError(thrown, 'take the file');
  }
}

async function write(handle: WriteHandle, source: Buffer, position: number): Promise<WherryError | null> {
  try {
    await handle.write(source, position);
    return null;
  } catch (thrown) {
    return toWherryError(thrown, 'write the file');
  }
}

async function finish(handle: WriteHandle): Promise<WherryError | null> {
  try {
    await handle.finish();
    return null;
  } catch (thrown) {
    return toWherryError(thrown, 'complete the file');
  }
}

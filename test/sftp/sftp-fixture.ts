import type { TestContext } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { serveSftp, type SftpOptions } from '#protocols/sftp/server/sftp-server.ts';
import { FrameReader } from '#protocols/sftp/wire/frame-reader.ts';
import { packetType } from '#protocols/sftp/wire/packet-types.ts';
import { SftpReader } from '#protocols/sftp/wire/sftp-reader.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { MemoryFileSystem } from '#storage/memory/memory-file-system.ts';
import { connectPair } from '../ssh/ssh-fixture.ts';

/** One answer of the server. */
export interface Answer {
  readonly type: number;
  readonly id: number;
  /** Stands behind the request's number. */
  readonly reader: SftpReader;
}

/** Speaks packets and nothing more, so that a test can say what no client would. */
export class RawSftp {
  readonly channel: SshChannel;
  readonly #frames = new FrameReader(1_000_000);
  #nextId = 1;

  constructor(channel: SshChannel) {
    this.channel = channel;
  }

  /** The next packet whatever it is; null at the end of the channel. */
  async packet(): Promise<Buffer | null> {
    for (;;) {
      const frame = this.#frames.next();
      if (frame !== null) return Buffer.from(frame.bytes);
      const chunk = await this.channel.receive();
      if (chunk === null) return null;
      this.#frames.push(chunk);
    }
  }

  async answer(): Promise<Answer> {
    const frame = await this.packet();
    if (frame === null) throw new Error('the channel ended in place of an answer');
    const reader = new SftpReader(frame);
    return { type: reader.byte(), id: reader.uint32(), reader };
  }

  /** Sends a request without waiting and returns its number. */
  async send(type: number, write: (writer: SftpWriter) => void = () => undefined): Promise<number> {
    const id = this.#nextId;
    this.#nextId += 1;
    const writer = new SftpWriter(type).uint32(id);
    write(writer);
    await this.channel.write(writer.finish());
    return id;
  }

  /** Sends a request and waits for its answer, with nothing else under way. */
  async ask(type: number, write?: (writer: SftpWriter) => void): Promise<Answer> {
    const id = await this.send(type, write);
    const answer = await this.answer();
    if (answer.id !== id) throw new Error(`an answer to ${answer.id} came to ${id}`);
    return answer;
  }

  /** The status of a request that has no other answer. */
  async status(type: number, write?: (writer: SftpWriter) => void): Promise<number> {
    return statusOf(await this.ask(type, write));
  }

  async extended(name: string, write: (writer: SftpWriter) => void = () => undefined): Promise<Answer> {
    return this.ask(packetType.extended, (writer) => {
      writer.string(name);
      write(writer);
    });
  }

  /** Opens a file with these flags; the handle. */
  async open(path: string, flags: number): Promise<Buffer> {
    const answer = await this.ask(packetType.open, (writer) => writer.string(path).uint32(flags).uint32(0));
    if (answer.type !== packetType.handle) throw new Error(`OPEN was answered with ${statusOf(answer)}`);
    return answer.reader.string();
  }

  async write(handle: Buffer, position: number, data: Uint8Array | string): Promise<number> {
    return this.status(packetType.write, (writer) => writer.string(handle).uint64(position).string(data));
  }

  async close(handle: Buffer): Promise<number> {
    return this.status(packetType.close, (writer) => writer.string(handle));
  }
}

/** The number of a STATUS, or -1 for another answer. */
export function statusOf(answer: Answer): number {
  return answer.type === packetType.status ? answer.reader.uint32() : -1;
}

/** Options that a test may change. */
export type SftpChanges = Partial<Omit<SftpOptions, 'fileSystem'>> & { readonly fileSystem?: FileSystem };

/** A server over a memory tree, and a channel to it that has not said INIT yet. */
export async function startSftp(
  test: Pick<TestContext, 'after'>,
  changes: SftpChanges = {},
): Promise<{ readonly raw: RawSftp; readonly fileSystem: FileSystem }> {
  const fileSystem = changes.fileSystem ?? new MemoryFileSystem();
  const { client } = await connectPair(test, {
    openSession: (request) =>
      request.kind === 'subsystem' && request.name === 'sftp'
        ? (channel) => serveSftp(channel, { home: rootPath, user: 'user', ...changes, fileSystem })
        : null,
  });
  return { raw: new RawSftp(await client.openSubsystem('sftp')), fileSystem };
}

/** The same with INIT said and VERSION read. */
export async function openSftp(
  test: Pick<TestContext, 'after'>,
  changes: SftpChanges = {},
): Promise<{ readonly raw: RawSftp; readonly fileSystem: FileSystem }> {
  const started = await startSftp(test, changes);
  await started.raw.channel.write(new SftpWriter(packetType.init).uint32(3).finish());
  await started.raw.packet();
  return started;
}

/** Writes a whole file into a tree. */
export async function put(fileSystem: FileSystem, path: string, content: Uint8Array | string): Promise<void> {
  const handle = await fileSystem.openWrite(path as VirtualPath);
  await handle.write(Buffer.from(content), 0);
  await handle.finish();
}

/** Reads a whole file of a tree. */
export async function get(fileSystem: FileSystem, path: string): Promise<string> {
  const handle = await fileSystem.openRead(path as VirtualPath);
  const target = Buffer.alloc(handle.entry.size ?? 0);
  const count = await handle.read(target, 0);
  await handle.close();
  return target.subarray(0, count).toString();
}

import type { TestContext } from 'node:test';
import { connectSftp } from '#protocols/sftp/client/connect.ts';
import type { SftpClientOptions } from '#protocols/sftp/client/options.ts';
import type { SftpConnection } from '#protocols/sftp/client/sftp-connection.ts';
import { FrameReader } from '#protocols/sftp/wire/frame-reader.ts';
import { packetType } from '#protocols/sftp/wire/packet-types.ts';
import { SftpReader } from '#protocols/sftp/wire/sftp-reader.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { listen, serverOptions } from '../ssh/ssh-fixture.ts';
import { siteOptions } from './client-fixture.ts';

/** A request as it came; the reader stands behind its number. */
export interface RawRequest {
  readonly type: number;
  readonly id: number;
  readonly reader: SftpReader;
}

/** A server that says what the test wants it to say. */
export interface RawServer {
  /** The extensions of its VERSION. */
  readonly extensions?: readonly string[];
  /** The octets in answer to a request; null leaves it unanswered. Those of the start are answered already. */
  answer(request: RawRequest): Buffer | readonly Buffer[] | null;
  /** Cuts every answer into pieces of so many octets. */
  readonly pieceLength?: number;
}

/** STATUS of a code with words. */
export function status(id: number, code: number, text = ''): Buffer {
  return new SftpWriter(packetType.status).uint32(id).uint32(code).string(text).string('').finish();
}

export function handle(id: number, name = 'h'): Buffer {
  return new SftpWriter(packetType.handle).uint32(id).string(name).finish();
}

export function data(id: number, bytes: Uint8Array): Buffer {
  return new SftpWriter(packetType.data, bytes.length + 32).uint32(id).string(bytes).finish();
}

/** ATTRS of a regular file. */
export function fileAttributes(id: number, size: number): Buffer {
  return new SftpWriter(packetType.attributes).uint32(id).uint32(5).uint64(size).uint32(0o100_644).finish();
}

export function names(id: number, list: readonly string[]): Buffer {
  const writer = new SftpWriter(packetType.name).uint32(id).uint32(list.length);
  for (const name of list) writer.string(name).string(`-rw-r--r-- ${name}`).uint32(4).uint32(0o100_644);
  return writer.finish();
}

/** Connects a client to such a server. */
export async function connectToRaw(
  t: TestContext,
  server: RawServer,
  client: Partial<SftpClientOptions> = {},
): Promise<SftpConnection> {
  const { port } = await listen(t, serverOptions({ openSession: () => (channel) => serve(channel, server) }));
  const connection = await connectSftp(siteOptions(port, client));
  t.after(() => connection.close());
  return connection;
}

async function serve(channel: SshChannel, server: RawServer): Promise<number> {
  const frames = new FrameReader(1_000_000);
  for (let chunk = await channel.receive(); chunk !== null; chunk = await channel.receive()) {
    frames.push(chunk);
    for (let frame = frames.next(); frame !== null; frame = frames.next()) {
      const answers = answersTo(Buffer.from(frame.bytes), server);
      for (const packet of answers) await send(channel, packet, server.pieceLength ?? packet.length);
    }
  }
  return 0;
}

async function send(channel: SshChannel, packet: Buffer, pieceLength: number): Promise<void> {
  for (let at = 0; at < packet.length; at += pieceLength) {
    await channel.write(packet.subarray(at, at + pieceLength));
  }
}

function answersTo(packet: Buffer, server: RawServer): readonly Buffer[] {
  const reader = new SftpReader(packet);
  const type = reader.byte();
  if (type === packetType.init) {
    const version = new SftpWriter(packetType.version).uint32(3);
    for (const name of server.extensions ?? []) version.string(name).string('1');
    return [version.finish()];
  }
  const id = reader.uint32();
  if (type === packetType.realpath && reader.text() === '.') {
    const name = new SftpWriter(packetType.name)
      .uint32(id)
      .uint32(1)
      .string('/home')
      .string('/home')
      .uint32(0);
    return [name.finish()];
  }
  const answer = server.answer({ type, id, reader });
  return answer === null ? [] : Buffer.isBuffer(answer) ? [answer] : answer;
}

import type { TestContext } from 'node:test';
import { RawClient } from '#test/ftp/harness.ts';
import { logIn } from '#test/server/ssh-client.ts';
import { RawSftp, statusOf } from '#test/sftp/sftp-fixture.ts';
import { readAll } from '#test/ssh/ssh-fixture.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { openFlag, packetType, status } from '#protocols/sftp/wire/packet-types.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { password, type LimitsScene } from './limits-scene.ts';

/** What a peer is told when something does not work. */
export interface Refusal {
  /** In whatever numbers its protocol has. */
  readonly code: number;
  readonly text: string;
}

/** A client of any protocol, as far as limits are concerned. */
export interface Visitor {
  /** Uploads a file; what the server said when it did not take it. */
  upload(path: string, content: Uint8Array): Promise<Refusal | null>;
  /** Writes behind the end of a file that is there. */
  append(path: string, content: Uint8Array): Promise<Refusal | null>;
  download(path: string): Promise<Buffer | Refusal>;
  remove(path: string): Promise<Refusal | null>;
  rename(from: string, to: string): Promise<Refusal | null>;
  /** Begins an upload, sends this much of it, and leaves. */
  breakOff(path: string, content: Uint8Array): Promise<void>;
  /** Settles when the server has ended the connection. */
  ended(): Promise<void>;
  leave(): void;
}

/** The protocols that every case is tried over. */
export const protocols = ['ftp', 'sftp', 'scp'] as const;
export type Protocol = (typeof protocols)[number];

/** How a visitor of each protocol logs in; a refusal is thrown with the server's words. */
export async function visit(
  t: TestContext,
  scene: LimitsScene,
  { protocol, user = 'alice', from }: { protocol: Protocol; user?: string; from?: string },
): Promise<Visitor> {
  if (protocol === 'ftp') return FtpVisitor.enter(t, scene, user);
  const { ssh } = await logIn(t, scene.port('sftp'), {
    user,
    password,
    ...(from === undefined ? {} : { from }),
  });
  const sftp = await SftpVisitor.enter(ssh);
  return protocol === 'sftp' ? sftp : new ScpVisitor(ssh, sftp);
}

class FtpVisitor implements Visitor {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  static async enter(t: TestContext, scene: LimitsScene, user: string): Promise<FtpVisitor> {
    const client = await RawClient.connect('127.0.0.1', scene.port('ftp'));
    t.after(() => {
      client.destroy();
    });
    await client.expect(220);
    await client.command(`USER ${user}`, 331);
    await client.command(`PASS ${password}`, 230);
    await client.command('TYPE I', 200);
    return new FtpVisitor(client);
  }

  upload(path: string, content: Uint8Array): Promise<Refusal | null> {
    return this.#store(`STOR ${path}`, content);
  }

  append(path: string, content: Uint8Array): Promise<Refusal | null> {
    return this.#store(`APPE ${path}`, content);
  }

  async download(path: string): Promise<Buffer | Refusal> {
    const data = await this.#client.passive();
    const chunks: Buffer[] = [];
    data.on('data', (chunk: Buffer) => chunks.push(chunk));
    const over = new Promise<void>((resolve) => data.once('close', () => resolve()));
    const first = await this.#client.command(`RETR ${path}`);
    if (first.code !== 150) {
      data.destroy();
      return { code: first.code, text: first.text };
    }
    const last = await this.#client.reply();
    data.end();
    await over;
    return last.code === 226 ? Buffer.concat(chunks) : { code: last.code, text: last.text };
  }

  async remove(path: string): Promise<Refusal | null> {
    return refusalOf(await this.#client.command(`DELE ${path}`));
  }

  async rename(from: string, to: string): Promise<Refusal | null> {
    await this.#client.command(`RNFR ${from}`, 350);
    return refusalOf(await this.#client.command(`RNTO ${to}`));
  }

  async breakOff(path: string, content: Uint8Array): Promise<void> {
    const data = await this.#client.passive();
    await this.#client.command(`STOR ${path}`, 150);
    await new Promise<void>((resolve) => data.write(content, () => resolve()));
    await this.#client.command('ABOR');
    await this.#client.reply();
    data.destroy();
  }

  async ended(): Promise<void> {
    await this.#client.end();
  }

  leave(): void {
    this.#client.destroy();
  }

  async #store(command: string, content: Uint8Array): Promise<Refusal | null> {
    const data = await this.#client.passive();
    const first = await this.#client.command(command);
    if (first.code === 150) data.end(content);
    const last = first.code === 150 ? await this.#client.reply() : first;
    data.destroy();
    return refusalOf(last);
  }
}

function refusalOf({ code, text }: { readonly code: number; readonly text: string }): Refusal | null {
  return code >= 400 ? { code, text } : null;
}

/** As OpenSSH's sftp asks. */
const pieceBytes = 32_768;
const create = openFlag.write | openFlag.create | openFlag.truncate;

class SftpVisitor implements Visitor {
  readonly #sftp: RawSftp;
  readonly #ssh: Ssh;

  private constructor(sftp: RawSftp, ssh: Ssh) {
    this.#sftp = sftp;
    this.#ssh = ssh;
  }

  static async enter(ssh: Ssh): Promise<SftpVisitor> {
    const sftp = new RawSftp(await ssh.openSubsystem('sftp'));
    await sftp.channel.write(new SftpWriter(packetType.init).uint32(3).finish());
    await sftp.packet();
    return new SftpVisitor(sftp, ssh);
  }

  upload(path: string, content: Uint8Array): Promise<Refusal | null> {
    return this.#store(path, { flags: create, content });
  }

  append(path: string, content: Uint8Array): Promise<Refusal | null> {
    return this.#store(path, { flags: openFlag.write | openFlag.append, content });
  }

  async download(path: string): Promise<Buffer | Refusal> {
    const opened = await this.#sftp.ask(packetType.open, (writer) => writer.string(path).uint32(1).uint32(0));
    if (opened.type !== packetType.handle) return readStatus(opened);
    const handle = opened.reader.string();
    const chunks: Buffer[] = [];
    let position = 0;
    let refusal: Refusal | null = null;
    for (;;) {
      const answer = await this.#sftp.ask(packetType.read, (writer) =>
        writer.string(handle).uint64(position).uint32(pieceBytes),
      );
      if (answer.type !== packetType.data) {
        const told = readStatus(answer);
        if (told.code !== status.endOfFile) refusal = told;
        break;
      }
      const data = answer.reader.string();
      chunks.push(Buffer.from(data));
      position += data.length;
    }
    await this.#sftp.close(handle);
    return refusal ?? Buffer.concat(chunks);
  }

  async remove(path: string): Promise<Refusal | null> {
    return refused(await this.#sftp.ask(packetType.remove, (writer) => writer.string(path)));
  }

  async rename(from: string, to: string): Promise<Refusal | null> {
    const answer = await this.#sftp.extended('posix-rename@openssh.com', (writer) => {
      writer.string(from).string(to);
    });
    return refused(answer);
  }

  async breakOff(path: string, content: Uint8Array): Promise<void> {
    const handle = await this.#sftp.open(path, create);
    await this.#write(handle, 0, content);
    this.#ssh.close();
    await this.#ssh.closed;
  }

  async ended(): Promise<void> {
    await this.#ssh.closed;
  }

  leave(): void {
    this.#ssh.close();
  }

  async #store(
    path: string,
    { flags, content }: { readonly flags: number; readonly content: Uint8Array },
  ): Promise<Refusal | null> {
    const opened = await this.#sftp.ask(packetType.open, (writer) =>
      writer.string(path).uint32(flags).uint32(0),
    );
    if (opened.type !== packetType.handle) return readStatus(opened);
    const handle = opened.reader.string();
    const broken = await this.#write(handle, 0, content);
    const closed = refused(await this.#sftp.ask(packetType.close, (writer) => writer.string(handle)));
    if (broken !== null && closed === null) throw new Error('a broken upload was closed as if it were whole');
    return broken ?? closed;
  }

  async #write(handle: Buffer, position: number, content: Uint8Array): Promise<Refusal | null> {
    for (let from = 0; from < content.length; from += pieceBytes) {
      const piece = content.subarray(from, from + pieceBytes);
      const answer = await this.#sftp.ask(packetType.write, (writer) =>
        writer
          .string(handle)
          .uint64(position + from)
          .string(piece),
      );
      const refusal = refused(answer);
      if (refusal !== null) return refusal;
    }
    return null;
  }
}

type Ssh = Awaited<ReturnType<typeof logIn>>['ssh'];
type Answer = Awaited<ReturnType<RawSftp['ask']>>;

function refused(answer: Answer): Refusal | null {
  const told = readStatus(answer);
  return told.code === status.ok ? null : told;
}

function readStatus(answer: Answer): Refusal {
  const code = statusOf(answer);
  return { code, text: code < 0 ? '' : answer.reader.text() };
}

const scpSuccess = 0;

/** Moves files by SCP; what SCP has no words for goes by SFTP over the same connection, as people do it. */
class ScpVisitor implements Visitor {
  readonly #ssh: Ssh;
  readonly #sftp: SftpVisitor;

  constructor(ssh: Ssh, sftp: SftpVisitor) {
    this.#ssh = ssh;
    this.#sftp = sftp;
  }

  async upload(path: string, content: Uint8Array): Promise<Refusal | null> {
    const channel = await this.#ssh.openCommand(`scp -t ${path}`);
    const said = Buffer.concat([this.#header(path, content.length), content, Buffer.from([scpSuccess])]);
    const [answers] = await Promise.all([readAll(channel), writeWhile(channel, said)]);
    return refusalIn(answers);
  }

  async download(path: string): Promise<Buffer | Refusal> {
    const channel = await this.#ssh.openCommand(`scp -f ${path}`);
    // Consent to the beginning, the file and its end, ahead of all of them.
    const [answers] = await Promise.all([readAll(channel), writeWhile(channel, Buffer.alloc(3))]);
    const line = answers.indexOf('\n') + 1;
    const [, octets] = /^C\d{4} (\d+) /u.exec(answers.toString('latin1', 0, line)) ?? [];
    if (octets === undefined) return refusalIn(answers) ?? { code: 0, text: 'nothing was sent' };
    const content = answers.subarray(line, line + Number(octets));
    // SCP has no word for a file that ends before its end: the server hangs up.
    if (content.length < Number(octets)) return { code: 0, text: 'the file was cut off' };
    return refusalIn(answers.subarray(line + Number(octets))) ?? content;
  }

  async breakOff(path: string, content: Uint8Array): Promise<void> {
    const channel = await this.#ssh.openCommand(`scp -t ${path}`);
    await channel.write(this.#header(path, 2 * content.length));
    await channel.write(content);
    this.#ssh.close();
    await this.#ssh.closed;
  }

  append(path: string, content: Uint8Array): Promise<Refusal | null> {
    return this.#sftp.append(path, content);
  }

  remove(path: string): Promise<Refusal | null> {
    return this.#sftp.remove(path);
  }

  rename(from: string, to: string): Promise<Refusal | null> {
    return this.#sftp.rename(from, to);
  }

  ended(): Promise<void> {
    return this.#sftp.ended();
  }

  leave(): void {
    this.#sftp.leave();
  }

  #header(path: string, length: number): Buffer {
    return Buffer.from(`C0644 ${length} ${path.slice(path.lastIndexOf('/') + 1)}\n`);
  }
}

/** The server may stop listening in the middle of what it refuses. */
async function writeWhile(channel: SshChannel, octets: Uint8Array): Promise<void> {
  try {
    await channel.write(octets);
    channel.end();
  } catch {
    // Why is in its answer.
  }
}

/** Behind the octets that say yes there is the message of the one that says no. */
function refusalIn(answers: Buffer): Refusal | null {
  const at = answers.findIndex((octet) => octet !== scpSuccess);
  return at === -1 ? null : { code: answers[at] ?? 0, text: answers.toString('utf8', at + 1) };
}

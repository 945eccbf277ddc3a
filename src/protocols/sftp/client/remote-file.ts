import { isPending } from '#core/awaitable.ts';
import type { Attributes } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { writeAttributeChanges, type ReadAttributes } from '../wire/attributes.ts';
import { packetType } from '../wire/packet-types.ts';
import { attributesAnswer, statusAnswer } from './answers.ts';
import { completeChanges } from './attribute-changes.ts';
import type { FlightRoute } from './flight.ts';
import type { RequestChannel } from './request-channel.ts';
import type { ServerFeatures } from './server-features.ts';

/** What every operation of a session works with. */
export interface SftpSession {
  readonly requests: RequestChannel;
  readonly features: ServerFeatures;
  readonly route: FlightRoute;
  /** Octets of one READ and of one WRITE. */
  readonly transferLengths: { readonly read: number; readonly write: number };
  /** Tells what is asked for, for a protocol log. */
  say(words: string): void;
}

/** A file that is open at the server. */
export class RemoteFile {
  readonly session: SftpSession;
  readonly handle: Buffer;
  readonly path: VirtualPath;

  constructor(session: SftpSession, handle: Buffer, path: VirtualPath) {
    this.session = session;
    this.handle = handle;
    this.path = path;
  }

  /** What the server tells of the open file. */
  stat(): Promise<ReadAttributes> {
    return this.session.requests.ask(
      { type: packetType.fstat, fields: (writer) => writer.string(this.handle) },
      attributesAnswer({ action: 'examine the file', path: this.path }),
    );
  }

  /**
   * Sends the request at once, where nothing has to be asked for before.
   *
   * @param known what need not be asked for because it is known of the file, a fresh one
   */
  async setAttributes(changes: Attributes, known?: Attributes): Promise<void> {
    const completing = completeChanges(changes, () => known ?? this.stat());
    const complete = isPending(completing) ? await completing : completing;
    await this.session.requests.ask(
      {
        type: packetType.fsetstat,
        fields: (writer) => {
          writeAttributeChanges(writer.string(this.handle), complete);
        },
      },
      statusAnswer({ action: 'change the attributes', path: this.path }),
    );
  }

  /** Forces what was written to the server's disk, where the server can (`fsync@openssh.com`). */
  async sync(): Promise<void> {
    if (!this.session.features.has('fsync@openssh.com')) return;
    await this.session.requests.ask(
      {
        type: packetType.extended,
        fields: (writer) => writer.string('fsync@openssh.com').string(this.handle),
      },
      statusAnswer({ action: 'write the file to the disk', path: this.path }),
      { patient: true },
    );
  }

  close(): Promise<void> {
    return this.session.requests.ask(
      { type: packetType.close, fields: (writer) => writer.string(this.handle) },
      statusAnswer({ action: 'complete the file', path: this.path }),
    );
  }
}

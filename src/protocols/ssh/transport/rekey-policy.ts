import type { SshLimits } from '../limits.ts';
import { protocolError } from '../wire/ssh-error.ts';
import type { PacketReader } from './packet-reader.ts';
import type { PacketWriter } from './packet-writer.ts';

/** Decides when keys are renewed, and when a peer renews them too often. */
export class RekeyPolicy {
  readonly #limits: SshLimits;
  readonly #reader: PacketReader;
  readonly #writer: PacketWriter;
  #idleStarts = 0;

  constructor(limits: SshLimits, reader: PacketReader, writer: PacketWriter) {
    this.#limits = limits;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Whether so much has passed in either direction that new keys are wanted. */
  isDue(): boolean {
    const { rekeyBytes, rekeyPackets } = this.#limits;
    return (
      this.#writer.bytes >= rekeyBytes ||
      this.#reader.bytes >= rekeyBytes ||
      this.#writer.packets >= rekeyPackets ||
      this.#reader.packets >= rekeyPackets
    );
  }

  /**
   * The peer begins an exchange. One after hardly any traffic costs us much and it nothing.
   *
   * @throws SshDisconnect (`protocol`) when it does so again and again
   */
  countPeerStart(): void {
    if (this.#writer.bytes + this.#reader.bytes >= this.#limits.idleRekeyBytes) return;
    this.#idleStarts += 1;
    if (this.#idleStarts > this.#limits.idleRekeys) throw protocolError('Keys are renewed too often');
  }
}

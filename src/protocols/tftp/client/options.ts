import type { ConversationListener } from '#core/connection.ts';
import type { OpenWriteOptions } from '#core/file-system.ts';
import type { Rollover } from '../wire/block-numbers.ts';
import type { TransferMode } from '../wire/request.ts';
import type { RetransmissionTimes } from '../wire/retransmission.ts';

/** How far a transfer has come. */
export interface TftpProgress {
  readonly direction: 'download' | 'upload';
  readonly path: string;
  /** Octets of the file. */
  readonly bytes: number;
  /** Octets in all, where the server or the caller has said. */
  readonly total: number | null;
}

/** Where a TFTP server is and how it is spoken to. */
export interface TftpClientOptions {
  /** A name or a numeric address. */
  readonly host: string;
  /** Default 69. */
  readonly port?: number | undefined;
  /** Address family to use for a name that has both. */
  readonly family?: 4 | 6 | undefined;
  /** `octet` (default) or `netascii`, which turns line ends into those of Unix. */
  readonly mode?: TransferMode | undefined;
  /** Octets of a block to ask for (default 1428, which no Ethernet or tunnel has to cut up); 512 asks for nothing. */
  readonly blockSize?: number | undefined;
  /** Blocks in a row to ask for (default 32); 1 asks for nothing. */
  readonly windowSize?: number | undefined;
  /** Seconds between retransmissions to ask of both sides; by default each side finds its own. */
  readonly timeoutSeconds?: number | undefined;
  /** The block number that follows 65535 when sending, and when receiving several blocks in a row (default 0). */
  readonly rollover?: Rollover | undefined;
  readonly times?: Partial<RetransmissionTimes> | undefined;
  /** Take the answer from any address: some servers with several have one that they answer from (default false). */
  readonly anyAddress?: boolean | undefined;
  /** Put a slash before names, for servers that want whole paths of their host (default false). */
  readonly absoluteNames?: boolean | undefined;
  /** Ask for no option at all, for servers that choke on them (default false). */
  readonly withoutOptions?: boolean | undefined;
  /** Hears what is asked, what the server grants, and its errors; not the blocks. */
  readonly onConversation?: ConversationListener | undefined;
  readonly onProgress?: ((progress: TftpProgress) => void) | undefined;
}

/** How a remote file is opened for writing. */
export interface TftpWriteOptions extends OpenWriteOptions {
  /** Octets that will be written, so that the server can refuse too large a file before the first. */
  readonly size?: number | undefined;
}

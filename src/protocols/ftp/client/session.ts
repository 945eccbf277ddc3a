import type { ControlLink } from './control/control-link.ts';
import type { Conversation } from './control/conversation.ts';
import type { HostMemory } from './host-memory.ts';
import type { FtpClientOptions, FtpClientTimes } from './options.ts';
import type { ServerProfile } from './server-profile.ts';
import type { TlsClient } from './tls/tls-client.ts';

/** What every part of one connection works with, once it is logged in. */
export interface FtpSession {
  readonly options: FtpClientOptions;
  readonly port: number;
  readonly times: FtpClientTimes;
  readonly link: ControlLink;
  readonly conversation: Conversation;
  readonly memory: HostMemory;
  readonly profile: ServerProfile;
  /** TLS of the control connection, which data connections resume; null in the clear. */
  tls: TlsClient | null;
  /** Whether data connections are in TLS too (PROT P). */
  readonly protectData: boolean;
  /** Passive ports that the server prepares for coming transfers; 1 where it does not queue them (EPSV-AHEAD). */
  readonly portsAhead: number;
  /** Whether files and listings are compressed (MODE Z). */
  readonly compressed: boolean;
  /** The numeric address of the server as connected to; null behind a dialer. */
  remoteAddress: string | null;
  localAddress: string | null;
  /** Ways of doing things that the server has turned out not to know. */
  readonly failedWays: Set<string>;
  /**
   * Leaves the control connection to a server that is stuck in a transfer, and goes on over another one.
   *
   * @throws WherryError why there is none; the session is then lost
   */
  readonly leaveBehind: () => Promise<void>;
}

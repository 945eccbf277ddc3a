import type { Awaitable } from '#core/awaitable.ts';
import type { ConversationListener } from '#core/connection.ts';
import type { Dialer } from '#core/dialer.ts';
import type { AlgorithmSet } from '../algorithms.ts';
import type { HostKeyVerdict, KnownHost } from '../keys/known-hosts.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { ClientCredential } from './client-options.ts';

/** The key that a server has proved to hold, for whoever decides about it. */
export interface HostKeyQuestion {
  readonly host: string;
  readonly port: number;
  readonly publicKey: PublicKey;
  /** `SHA256:` and base64, as OpenSSH prints it. */
  readonly fingerprint: string;
  /** What the known hosts say of it. */
  readonly verdict: HostKeyVerdict['verdict'];
  /** Where the known hosts say otherwise, for `changed` and `revoked`. */
  readonly lineNumbers: readonly number[];
  /** The keys that stand there instead, for `changed`: their fingerprints, one of the same type first. */
  readonly knownFingerprints?: readonly string[] | undefined;
  /** The line that would make this key known. */
  readonly knownHostsLine: string;
}

/** An SSH server, how to reach it, and how to log in there. */
export interface SshSiteOptions {
  /** A name or a numeric address. */
  readonly host: string;
  /** Default 22. */
  readonly port?: number | undefined;
  readonly user: string;
  /** Tried in order, as far as the server takes their kind. */
  readonly credentials: readonly ClientCredential[];
  /** Hosts that are known, as `parseKnownHosts` reads them; none when absent. */
  readonly knownHosts?: readonly KnownHost[] | undefined;
  /**
   * Decides about every key, known ones included; false refuses it (`not-trusted`). A revoked key is refused without
   * a question. Default: known keys only.
   */
  readonly judgeHostKey?:
    ((question: HostKeyQuestion, signal: AbortSignal) => Awaitable<boolean>) | undefined;
  /** Told of all keys that a trusted server has proved to hold, so that new ones become known in time. */
  readonly onHostKeys?: ((keys: readonly PublicKey[]) => void) | undefined;
  /** Opens the TCP connection; straight from this machine when absent. */
  readonly dialer?: Dialer | undefined;
  /** 4 or 6 to use only addresses of that kind; both when absent. Not heeded where a dialer is given. */
  readonly addressFamily?: 4 | 6 | undefined;
  /** From the first packet to a completed login, in milliseconds; default 30 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** Silence after which the server is asked whether it lives, in milliseconds; default 60 s, 0 never asks. */
  readonly keepAliveMs?: number | undefined;
  /** Default: `algorithmSets.compatible`. */
  readonly algorithms?: AlgorithmSet | undefined;
  /** Hears what is said, in words. */
  readonly onConversation?: ConversationListener | undefined;
  /** Stops the connecting. */
  readonly signal?: AbortSignal | undefined;
}

/** The port of SSH (RFC 4250 section 4.2). */
export const defaultSshPort = 22;

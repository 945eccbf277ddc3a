import type { Duplex } from 'node:stream';
import type { Awaitable } from '#core/awaitable.ts';
import type { WherryError } from '#core/errors.ts';
import type { AlgorithmSet } from '../algorithms.ts';
import type {
  AuthenticationMethod,
  KeyCredential,
  PromptRound,
  SshCredential,
} from '../authentication/credentials.ts';
import type { SshChannel } from '../channels/channel.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import type { SshLimits } from '../limits.ts';
import type { Negotiated } from '../transport/transport-options.ts';

/** A login that somebody tries. A key's signature has been verified. */
export interface SshLoginAttempt {
  readonly user: string;
  readonly credential: SshCredential;
  /** Credentials that were accepted before in this login, when several are demanded. */
  readonly previous: readonly SshCredential[];
}

/** What comes of it. `reason` of a refusal is for the log, never for the peer. */
export type SshLoginOutcome<Identity> =
  | { readonly outcome: 'accepted'; readonly identity: Identity }
  /** Accepted, and one of these methods is demanded besides; keyboard-interactive then asks `question`. */
  | {
      readonly outcome: 'more';
      readonly methods: readonly AuthenticationMethod[];
      readonly question?: string | undefined;
    }
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The password is right but must be changed first. */
  | { readonly outcome: 'change-password'; readonly prompt: string }
  /** The next questions of a keyboard-interactive dialogue. */
  | { readonly outcome: 'ask'; readonly round: PromptRound };

/** Who may log in. It takes the same time for a user that does not exist as for a wrong password. */
export interface SshAuthenticator<Identity> {
  /** The methods that are announced, the same for users that do not exist. */
  readonly methods: readonly AuthenticationMethod[];
  /**
   * What keyboard-interactive means: one question for the password, handed to `authenticate` as a password (default),
   * or a dialogue that `authenticate` leads by itself.
   */
  readonly interactive?: 'password' | 'dialogue';
  /**
   * Decides. A certificate comes checked for its signatures, its times and the peer's address; whether its authority is
   * trusted, and whether one of its principals is this user, is decided here.
   */
  authenticate(attempt: SshLoginAttempt, signal: AbortSignal): Awaitable<SshLoginOutcome<Identity>>;
  /**
   * Whether a key that is offered without a signature may be worth one. Without this every key may, so that nobody
   * learns which keys are known.
   */
  acceptsKey?(user: string, credential: KeyCredential, signal: AbortSignal): Awaitable<boolean>;
  /** Whether the peer's address is in a certificate's `source-address` list; without it such certificates are refused. */
  isPeerIn?(networks: string): boolean;
}

/** What a session channel is asked to run (RFC 4254 section 6.5). */
export type SessionRequest =
  { readonly kind: 'subsystem'; readonly name: string } | { readonly kind: 'exec'; readonly command: string };

/** Runs on a session channel; returns the exit status. Whatever it throws becomes status 255. */
export type SessionProgram = (channel: SshChannel) => Awaitable<number>;

/** Where a client wants a connection to (RFC 4254 section 7.2). */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  readonly originHost: string;
  readonly originPort: number;
}

/** What happens in a connection, for logs. */
export type SshServerEvent =
  | { readonly event: 'identified'; readonly software: string }
  | ({ readonly event: 'negotiated' } & Negotiated)
  | {
      readonly event: 'authentication';
      readonly user: string;
      readonly method: string;
      readonly outcome: 'accepted' | 'partial' | 'refused' | 'key-offered';
      /** Why it was refused; null otherwise. */
      readonly reason: string | null;
      /** Fingerprint of the key, where there is one. */
      readonly fingerprint: string | null;
    }
  | { readonly event: 'session'; readonly request: SessionRequest; readonly granted: boolean }
  | { readonly event: 'tunnel'; readonly target: TunnelTarget; readonly granted: boolean }
  | { readonly event: 'closed'; readonly error: WherryError | null };

/** What a server decides about its connections. */
export interface SshServerOptions<Identity> {
  /** At least one; one of each type that is to be offered. */
  readonly hostKeys: readonly PrivateKey[];
  readonly authenticator: SshAuthenticator<Identity>;
  /** The program for a session, or null to refuse it. */
  openSession(request: SessionRequest, identity: Identity): SessionProgram | null;
  /** Connects to where a tunnel leads, or throws; without it tunnels are refused. */
  openTunnel?(target: TunnelTarget, identity: Identity, signal: AbortSignal): Awaitable<Duplex>;
  /** Default: `algorithmSets.default`. */
  readonly algorithms?: AlgorithmSet | undefined;
  readonly limits?: Partial<SshLimits> | undefined;
  /** What follows `SSH-2.0-`; default `wherry`. */
  readonly software?: string | undefined;
  /** Shown to users before they authenticate. */
  readonly banner?: string | undefined;
  readonly onEvent?: ((event: SshServerEvent) => void) | undefined;
}

import type { Awaitable } from '#core/awaitable.ts';
import type { WherryError } from '#core/errors.ts';
import type { Secret } from '#core/secret.ts';
import type { AlgorithmSet } from '../algorithms.ts';
import type { PromptRound } from '../authentication/credentials.ts';
import type { Certificate } from '../keys/certificate.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { SshLimits } from '../limits.ts';
import type { SshAgent } from './agent.ts';
import type { Negotiated, ProvenHostKey } from '../transport/transport-options.ts';

/** A way for the client to show who it is. They are tried in order as far as the server offers the method. */
export type ClientCredential =
  | {
      readonly kind: 'public-key';
      readonly key: PrivateKey;
      /** A user certificate for this key, sent in its place. */
      readonly certificate?: Certificate | undefined;
    }
  | {
      /** A key whose private half is fetched (a passphrase asked for) only once the server has taken the public one. */
      readonly kind: 'locked-key';
      readonly publicKey: PublicKey;
      readonly certificate?: Certificate | undefined;
      readonly unlock: (signal: AbortSignal) => Awaitable<PrivateKey>;
    }
  /** Every key that the agent holds, in its order. An agent that cannot be reached is passed over. */
  | { readonly kind: 'agent'; readonly agent: SshAgent }
  | {
      readonly kind: 'password';
      readonly password: Secret;
      /** Asked for a new password when the server demands one; without it the login fails then. */
      readonly change?: ((prompt: string, signal: AbortSignal) => Awaitable<Secret>) | undefined;
    }
  /** Answers the server's questions, one secret for each prompt. */
  | {
      readonly kind: 'interactive';
      readonly answer: (round: PromptRound, signal: AbortSignal) => Awaitable<readonly Secret[]>;
    };

/** What happens in a connection, for logs. */
export type SshClientEvent =
  | { readonly event: 'identified'; readonly software: string }
  | ({ readonly event: 'negotiated' } & Negotiated)
  | { readonly event: 'banner'; readonly text: string }
  | {
      readonly event: 'authentication';
      readonly method: string;
      readonly outcome: 'accepted' | 'partial' | 'refused';
    }
  | { readonly event: 'closed'; readonly error: WherryError | null };

/** What a client decides about its connection. */
export interface SshClientOptions {
  readonly user: string;
  readonly credentials: readonly ClientCredential[];
  /** Throws (`not-trusted`) to refuse the server's key; see `known-hosts.ts`. */
  readonly verifyHostKey: (key: ProvenHostKey, signal: AbortSignal) => Awaitable<void>;
  /**
   * Algorithms of host keys, best first, so that a known key is asked for before others; may hold certificate
   * algorithms. Default: those of `algorithms`.
   */
  readonly hostKeyAlgorithms?: readonly string[] | undefined;
  /** Told of all keys that the server has proved to hold, so that new ones become known in time. */
  readonly onHostKeys?: ((keys: readonly PublicKey[]) => void) | undefined;
  /** Default: `algorithmSets.compatible`: a client meets servers that are older than it. */
  readonly algorithms?: AlgorithmSet | undefined;
  readonly limits?: Partial<SshLimits> | undefined;
  readonly software?: string | undefined;
  readonly onEvent?: ((event: SshClientEvent) => void) | undefined;
  /** Stops the connecting; afterwards `close` ends the connection. */
  readonly signal?: AbortSignal | undefined;
}

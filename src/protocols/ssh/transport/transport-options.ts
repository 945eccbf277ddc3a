import type { Awaitable } from '#core/awaitable.ts';
import type { AlgorithmSet } from '../algorithms.ts';
import type { SshLimits } from '../limits.ts';
import type { Certificate } from '../keys/certificate.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { DirectionAgreement } from '../kex/negotiation.ts';

/** The key that a server has proved to hold. */
export interface ProvenHostKey {
  readonly publicKey: PublicKey;
  /** The certificate it came in; its authority, names and dates are still to be judged. */
  readonly certificate: Certificate | null;
}

/** What one key exchange agreed on, for logs. */
export interface Negotiated {
  readonly keyExchange: string;
  readonly hostKey: string;
  readonly clientToServer: DirectionAgreement;
  readonly serverToClient: DirectionAgreement;
  /** Whether packet numbers are protected against the Terrapin attack. */
  readonly strict: boolean;
  /** Whether this was the first exchange of the connection. */
  readonly initial: boolean;
}

/** How a server and a client differ below authentication. */
export type TransportRole =
  | { readonly side: 'server'; readonly hostKeys: readonly PrivateKey[] }
  | {
      readonly side: 'client';
      /** Algorithms of host keys, best first; with certificate algorithms where an authority is known. */
      readonly hostKeyAlgorithms: readonly string[];
      /** Throws (`not-trusted`) to refuse. Called once in a connection. */
      readonly verifyHostKey: (key: ProvenHostKey, signal: AbortSignal) => Awaitable<void>;
    };

export interface TransportOptions {
  readonly role: TransportRole;
  /** Name and version that follow `SSH-2.0-`, without blanks. */
  readonly software: string;
  readonly algorithms: AlgorithmSet;
  readonly limits: SshLimits;
}

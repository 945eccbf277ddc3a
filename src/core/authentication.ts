import type { Account } from './account.ts';
import type { Awaitable } from './awaitable.ts';
import type { Secret } from './secret.ts';

/** What a peer offers as proof of who it is. */
export type Credential =
  | { readonly kind: 'password'; readonly password: Secret }
  /** The e-mail address that anonymous users leave (RFC 1635), unverified. */
  | { readonly kind: 'anonymous'; readonly address: string }
  /**
   * A TLS client certificate whose key the peer has used. Its names are there only when an authority that the server
   * trusts has signed it; without them it is known by its fingerprint alone.
   */
  | {
      readonly kind: 'certificate';
      readonly fingerprintSha256: string;
      readonly commonNames: readonly string[];
      /** The DNS names and e-mail addresses among its subject alternative names. */
      readonly alternativeNames?: readonly string[] | undefined;
    }
  /** An SSH key whose signature the SSH layer has verified; `blob` is the plain key also of a certificate. */
  | {
      readonly kind: 'public-key';
      readonly algorithm: string;
      readonly blob: Uint8Array;
      /** What the key came in, when that was a certificate; null or absent for a plain key. */
      readonly certificate?: SshCertificateFacts | null | undefined;
    }
  /** A passkey (W3C WebAuthn) whose assertion, with a verified user, the HTTP layer has found good; its credential id. */
  | { readonly kind: 'passkey'; readonly id: string }
  /** A code of a device that makes one for each moment (RFC 6238), where a protocol asks for it by itself. */
  | { readonly kind: 'one-time-code'; readonly code: Secret }
  /** The answer to a demand for accounting information (ACCT). */
  | { readonly kind: 'account'; readonly information: Secret };

/**
 * An SSH user certificate (OpenSSH PROTOCOL.certkeys) whose signature, dates and critical options the SSH layer has
 * found good. Whether its authority is trusted, and for whom, is the accounts' question.
 */
export interface SshCertificateFacts {
  /** The plain public key of the authority that signed (RFC 4253 section 6.6). */
  readonly authority: Uint8Array;
  readonly keyId: string;
  readonly serial: bigint;
  /** The names it is for. */
  readonly principals: readonly string[];
}

/**
 * What somebody means who types an answer where a protocol can only ask for passwords: the one-time code, where that
 * is wanted next and a password is not.
 */
export function typedAnswer(text: Secret, wanted: readonly Credential['kind'][]): Credential {
  return wanted.includes('one-time-code') && !wanted.includes('password')
    ? { kind: 'one-time-code', code: text }
    : { kind: 'password', password: text };
}

/** Where a login comes from and how; policy may depend on all of it. */
export interface LoginAttempt {
  readonly user: string;
  readonly credential: Credential;
  /** Credentials that were accepted before in this login, when several are demanded. */
  readonly previous: readonly Credential[];
  readonly protocol: string;
  readonly remoteAddress: string;
  readonly secure: boolean;
  /** The version of TLS in OpenSSL's words (`TLSv1.3`), where TLS protects the connection and the protocol tells. */
  readonly tlsVersion?: string | null | undefined;
  /** The virtual host that the client named (HOST, SNI), if any. */
  readonly host: string | null;
}

/** What came of a login attempt. `reason` of a refusal is for the log, never for the peer. */
export type LoginOutcome =
  | { readonly outcome: 'accepted'; readonly account: Account }
  | { readonly outcome: 'more'; readonly wanted: readonly Credential['kind'][] }
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Who may log in. An implementation takes the same time for a user that does not exist as for a wrong password.
 * It throws `unavailable` when it cannot tell.
 */
export interface Accounts {
  authenticate(attempt: LoginAttempt, signal: AbortSignal): Awaitable<LoginOutcome>;
  /**
   * Tells of accounts that changed or are gone (null), so that running sessions go on with what holds now.
   *
   * @returns ends the telling
   */
  watch?(listener: (name: string, account: Account | null) => void): () => void;
  /**
   * An account as it is now, for what acts in its name without a login, as share links do; null for one that is
   * gone, disabled or expired. Whoever holds it hears of its changes by {@link watch}.
   */
  lookup?(name: string): Awaitable<Account | null>;
  /** Gives back what the source holds (a database, a connection). */
  close?(): Awaitable<void>;
}

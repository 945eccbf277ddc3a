import type { Secret } from '#core/secret.ts';
import type { Certificate } from '../keys/certificate.ts';
import type { PublicKey } from '../keys/public-key.ts';

/** The ways to authenticate (RFC 4252, RFC 4256), by their names on the wire. */
export const authenticationMethods = ['publickey', 'password', 'keyboard-interactive', 'none'] as const;

/** One of {@link authenticationMethods}. */
export type AuthenticationMethod = (typeof authenticationMethods)[number];

/** A key with the algorithm that it signs with, as the client named it. */
export interface KeyCredential {
  readonly kind: 'public-key';
  readonly algorithm: string;
  /** The plain key, also where it came in a certificate. */
  readonly publicKey: PublicKey;
  /** A user certificate that is good for this user now; whether its authority is trusted is still open. */
  readonly certificate: Certificate | null;
}

/** What a client offers as proof of who it is. */
export type SshCredential =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'password';
      readonly password: Secret;
      /** The password that is to take its place, when the client was asked to change it. */
      readonly newPassword: Secret | null;
    }
  | KeyCredential
  /** All answers so far, round by round; none at the start. */
  | { readonly kind: 'interactive'; readonly rounds: readonly (readonly Secret[])[] };

/** One question of a keyboard-interactive round. */
export interface Prompt {
  readonly text: string;
  /** Whether the answer may be seen while it is typed. */
  readonly echo: boolean;
}

/** A round of questions (RFC 4256 section 3.2); no questions at all is a round as well. */
export interface PromptRound {
  readonly title: string;
  readonly instruction: string;
  readonly prompts: readonly Prompt[];
}

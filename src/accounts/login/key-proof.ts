import type { Credential, LoginAttempt } from '#core/authentication.ts';
import { refusals } from '../refusal.ts';
import type { KnownKeys } from '../sqlite/login-store.ts';
import { keyFingerprint } from '../ssh/authorized-key.ts';
import { compileFrom, type KeyOptions } from '../ssh/key-options.ts';

type KeyCredential = Extract<Credential, { kind: 'public-key' }>;

/** Whether a key proves who somebody is, and what its options take from the login. */
export type KeyProof =
  | { readonly right: true; readonly noForwarding: boolean }
  | { readonly right: false; readonly reason: string };

/** The fingerprints by which a credential is looked up: the key's, and that of the authority behind it. */
export function fingerprintsOf({ blob, certificate = null }: KeyCredential): readonly string[] {
  const key = keyFingerprint(blob);
  return certificate === null ? [key] : [key, keyFingerprint(certificate.authority)];
}

/**
 * Whether a key or certificate logs in to an account, by the rules of sshd: a plain key when the account lists it; a
 * certificate when its authority is trusted by the account (`cert-authority`) or by the server and one of its
 * principals is meant, which an empty list never is. What is revoked never does.
 *
 * @param account the account's name and further principals; null for an account that does not exist
 */
export function proveKey(
  credential: KeyCredential,
  known: KnownKeys,
  {
    attempt,
    now,
    account,
  }: {
    readonly attempt: LoginAttempt;
    readonly now: number;
    readonly account: { readonly name: string; readonly principals: readonly string[] } | null;
  },
): KeyProof {
  const [key = '', authority] = fingerprintsOf(credential);
  if (known.revoked.size > 0) return wrong(refusals.revokedKey);
  if (account === null) return wrong(refusals.unknownUser);
  const { certificate = null } = credential;
  if (certificate === null || authority === undefined) {
    const listed = known.listed.find((row) => row.fingerprint === key && !row.options.certificateAuthority);
    return listed === undefined ? wrong(refusals.unknownKey) : checkOptions(listed.options, attempt, now);
  }
  const own = known.listed.find((row) => row.fingerprint === authority && row.options.certificateAuthority);
  if (own === undefined && !known.authorities.has(authority)) return wrong(refusals.untrustedAuthority);
  const meant = own?.options.principals ?? [account.name, ...account.principals];
  if (!certificate.principals.some((principal) => meant.includes(principal))) {
    return wrong(refusals.otherPrincipal);
  }
  return own === undefined ? { right: true, noForwarding: false } : checkOptions(own.options, attempt, now);
}

function checkOptions(options: KeyOptions, attempt: LoginAttempt, now: number): KeyProof {
  if (options.expiresAt !== null && now >= options.expiresAt) return wrong(refusals.expiredKey);
  if (options.from !== null && !compileFrom(options.from)(attempt.remoteAddress)) {
    return wrong(refusals.keyFromElsewhere);
  }
  return { right: true, noForwarding: options.noForwarding };
}

function wrong(reason: string): KeyProof {
  return { right: false, reason };
}

import type { LoginOutcome } from '#core/authentication.ts';

/** A refused login; the reason is for the log, never for the peer. */
export function refuse(reason: string): LoginOutcome {
  return { outcome: 'refused', reason };
}

/** The reasons that every source of accounts gives in the same words. */
export const refusals = {
  unknownUser: 'there is no such account',
  wrongPassword: 'the password is wrong',
  passwordTooLong: 'the password is longer than any account can have',
  noPassword: 'the account has no password',
  disabled: 'the account is disabled',
  needsTls: 'the account demands an encrypted connection',
  unsupportedCredential: 'this source of accounts does not know this kind of proof',
  expired: 'the account has expired',
  outsideHours: 'the account may not log in at this time',
  wrongNetwork: 'the account may not log in from this address',
  wrongProtocol: 'the account may not log in by this protocol',
  oldTls: 'the account demands a newer version of TLS',
  uselessMethod: 'the account does not log in by this kind of proof',
  wrongCode: 'the one-time code is wrong or was used before',
  wrongInformation: 'the accounting information is wrong',
  unknownKey: 'the account does not list this key',
  revokedKey: 'the key or its authority is revoked',
  expiredKey: 'the key has expired',
  keyFromElsewhere: 'the key may not be used from this address',
  untrustedAuthority: 'nobody trusts the authority of the certificate',
  otherPrincipal: 'the certificate is not for this account',
  unknownCertificate: 'the account does not list this certificate',
  unknownPasskey: 'the account does not list this passkey',
} as const;

import type { Credential, LoginAttempt } from '#core/authentication.ts';
import { lookupAccountName } from '../account-name.ts';
import { maximumPasswordBytes, passwordBytes } from '../password-bytes.ts';
import { refusals } from '../refusal.ts';
import { keyFingerprint } from '../ssh/authorized-key.ts';

/** What a login is put to somebody else as: one JSON object, with the secrets in it in the clear. */
export interface Question {
  readonly user: string;
  readonly credential: object;
  /** Kinds of proof that were accepted before in this login. */
  readonly previous: readonly Credential['kind'][];
  readonly protocol: string;
  readonly remoteAddress: string;
  readonly secure: boolean;
  readonly host: string | null;
}

/** Makes the question of a login; in words for the log why it is not even asked. */
export function questionOf(attempt: LoginAttempt): Question | string {
  const user = lookupAccountName(attempt.user);
  if (user === null) return refusals.unknownUser;
  const { credential, previous, protocol, remoteAddress, secure, host } = attempt;
  if (credential.kind === 'anonymous') return refusals.unsupportedCredential;
  if (credential.kind === 'password' && passwordBytes(credential.password).length > maximumPasswordBytes) {
    return refusals.passwordTooLong;
  }
  return {
    user,
    credential: proofOf(credential),
    previous: previous.map(({ kind }) => kind),
    protocol,
    remoteAddress,
    secure,
    host,
  };
}

function proofOf(credential: Exclude<Credential, { kind: 'anonymous' }>): object {
  const { kind } = credential;
  switch (credential.kind) {
    case 'password':
      return { kind, password: credential.password.reveal() };
    case 'one-time-code':
      return { kind, code: credential.code.reveal() };
    case 'account':
      return { kind, information: credential.information.reveal() };
    case 'certificate': {
      const { fingerprintSha256, commonNames, alternativeNames = [] } = credential;
      return { kind, fingerprintSha256, commonNames, alternativeNames };
    }
    case 'passkey':
      return { kind, id: credential.id };
    default: {
      const { algorithm, blob, certificate = null } = credential;
      return {
        kind,
        algorithm,
        key: Buffer.from(blob).toString('base64'),
        fingerprint: keyFingerprint(blob),
        certificate:
          certificate === null
            ? null
            : {
                keyId: certificate.keyId,
                serial: String(certificate.serial),
                principals: certificate.principals,
                authority: keyFingerprint(certificate.authority),
              },
      };
    }
  }
}

import type { Credential } from '#core/authentication.ts';
import type { AuthenticationMethod, SshCredential } from '#protocols/ssh/authentication/credentials.ts';

/** A credential of SSH in the words of accounts; null for one that accounts know nothing of. */
export function toCredential(credential: SshCredential): Credential | null {
  if (credential.kind === 'password') {
    // Nobody was asked to change a password, so nobody may.
    return credential.newPassword === null ? { kind: 'password', password: credential.password } : null;
  }
  if (credential.kind !== 'public-key') return null;
  const { algorithm, publicKey, certificate } = credential;
  return {
    kind: 'public-key',
    algorithm,
    blob: publicKey.blob,
    certificate:
      certificate === null
        ? null
        : {
            authority: certificate.authority.blob,
            keyId: certificate.keyId,
            serial: certificate.serial,
            principals: certificate.principals,
          },
  };
}

const methodsByKind: Readonly<Partial<Record<Credential['kind'], readonly AuthenticationMethod[]>>> = {
  password: ['password', 'keyboard-interactive'],
  'public-key': ['publickey'],
  // A second password in one login is taken for a code.
  'one-time-code': ['keyboard-interactive', 'password'],
};

/** The methods by which a client can give one of these kinds of proof; none where SSH has no way to ask for it. */
export function methodsFor(wanted: readonly Credential['kind'][]): readonly AuthenticationMethod[] {
  return wanted.flatMap((kind) => methodsByKind[kind] ?? []);
}

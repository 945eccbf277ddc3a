import { certificateSignatureAlgorithm, parseCertificate } from '../keys/certificate.ts';
import { parsePublicKey, verifySignature } from '../keys/public-key.ts';
import { isSignatureAlgorithm } from '../keys/signature-algorithms.ts';
import { disconnectReason } from '../wire/messages.ts';
import { SshDisconnect } from '../wire/ssh-error.ts';
import type { ProvenHostKey } from './transport-options.ts';

/**
 * Checks the server's signature over the exchange hash with the algorithm that was agreed.
 *
 * @throws SshDisconnect (`not-trusted`) when it is not the key's
 * @throws WherryError for a key or certificate that is malformed
 */
export function proveHostKey(reply: {
  readonly algorithm: string;
  readonly blob: Buffer;
  readonly signature: Buffer;
  readonly hash: Buffer;
}): ProvenHostKey {
  const certified = certificateSignatureAlgorithm(reply.algorithm);
  const certificate = certified === null ? null : parseCertificate(reply.blob);
  const publicKey = certificate === null ? parsePublicKey(reply.blob) : certificate.publicKey;
  const algorithm = certified ?? reply.algorithm;
  if (
    !isSignatureAlgorithm(algorithm) ||
    !verifySignature(publicKey, algorithm, reply.signature, reply.hash)
  ) {
    throw new SshDisconnect(
      disconnectReason.keyExchangeFailed,
      'Cannot trust the server: its signature is wrong',
      'not-trusted',
    );
  }
  return { publicKey, certificate };
}

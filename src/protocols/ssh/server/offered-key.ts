import { WherryError } from '#core/errors.ts';
import { knownTime } from '#core/known-time.ts';
import type { KeyCredential } from '../authentication/credentials.ts';
import {
  certificateObjection,
  certificateOption,
  certificateSignatureAlgorithm,
  parseCertificate,
  type Certificate,
} from '../keys/certificate.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import {
  isSignatureAlgorithm,
  signatureAlgorithms,
  type SignatureAlgorithm,
} from '../keys/signature-algorithms.ts';
import { keepBytes } from '../wire/keep-bytes.ts';

/** A key that a client offers, fit to be asked about. */
export interface OfferedKey {
  readonly credential: KeyCredential;
  /** What its signature has to be made with. */
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly blob: Buffer;
}

/** Where from a key is offered. */
export interface KeyOfferContext {
  readonly isPeerIn: ((networks: string) => boolean) | null;
}

/**
 * Reads an offered key or certificate and checks everything that needs no signature and no account: which names a
 * certificate must hold is the accounts' affair, as with sshd's AuthorizedPrincipalsFile.
 *
 * @throws WherryError with the reason why it is not taken, for the log
 */
export function readOfferedKey(algorithm: string, blob: Buffer, context: KeyOfferContext): OfferedKey {
  const certified = certificateSignatureAlgorithm(algorithm);
  const signatureAlgorithm = certified ?? algorithm;
  if (!isSignatureAlgorithm(signatureAlgorithm)) {
    throw new WherryError('not-supported', 'The algorithm of the key is not supported');
  }
  const certificate = certified === null ? null : parseCertificate(blob);
  const publicKey = certificate === null ? parsePublicKey(blob) : certificate.publicKey;
  if (publicKey.type !== signatureAlgorithms[signatureAlgorithm].keyType) {
    throw new WherryError('login-refused', 'The key is of another type than its algorithm');
  }
  if (certificate !== null) checkCertificate(certificate, context);
  return {
    credential: { kind: 'public-key', algorithm, publicKey, certificate },
    signatureAlgorithm,
    blob: keepBytes(blob),
  };
}

function checkCertificate(certificate: Certificate, context: KeyOfferContext): void {
  const use = { kind: 'user', principal: null, now: knownTime.forExpiry() } as const;
  const objection = certificateObjection(certificate, use);
  if (objection !== null) throw new WherryError('login-refused', objection);
  const networks = certificateOption(certificate, 'source-address');
  if (networks !== null && context.isPeerIn?.(networks) !== true) {
    throw new WherryError('login-refused', 'The certificate is not for the address of the peer');
  }
}

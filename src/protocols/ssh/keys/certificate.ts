import { WireReader } from '../wire/wire-reader.ts';
import { keyError } from './key-error.ts';
import { signatureAlgorithmOf } from './private-key.ts';
import { parsePublicKey, readKeyFields, verifySignature, type PublicKey } from './public-key.ts';
import {
  isKeyType,
  isSignatureAlgorithm,
  signatureAlgorithms,
  type SignatureAlgorithm,
} from './signature-algorithms.ts';
import { keepBytes } from '../wire/keep-bytes.ts';

const suffix = '-cert-v01@openssh.com';

/** Names at most; a certificate for more is a mistake. OpenSSH stops at the same number. */
const maximumPrincipals = 256;

/** An OpenSSH certificate (PROTOCOL.certkeys) whose own signature is good. Times in seconds since 1970. */
export interface Certificate {
  readonly kind: 'user' | 'host';
  readonly blob: Buffer;
  /** The certified key without the certificate. */
  readonly publicKey: PublicKey;
  readonly serial: bigint;
  readonly keyId: string;
  readonly principals: readonly string[];
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions: ReadonlyMap<string, Buffer>;
  readonly extensions: ReadonlyMap<string, Buffer>;
  /** The authority that signed; whether it is trusted is the caller's question. */
  readonly authority: PublicKey;
}

/** The signature algorithm behind a certificate's algorithm name, or null for another name. */
export function certificateSignatureAlgorithm(name: string): SignatureAlgorithm | null {
  if (!name.endsWith(suffix)) return null;
  const base = name.slice(0, -suffix.length);
  return isSignatureAlgorithm(base) ? base : null;
}

/** Whether a name at the head of a blob is that of a certificate. */
export function isCertificateType(name: string): boolean {
  return name.endsWith(suffix);
}

/** The algorithm name under which a certified key signs. */
export function certificateAlgorithm(algorithm: SignatureAlgorithm): string {
  return `${algorithm}${suffix}`;
}

/**
 * Reads a certificate and checks the authority's signature on it, not its dates, names or options.
 *
 * @throws WherryError `invalid-argument`, `protocol`, `not-supported` or `not-trusted` (its signature is wrong)
 */
export function parseCertificate(blob: Buffer): Certificate {
  const reader = new WireReader(blob);
  const typeName = reader.string().toString('latin1');
  const type = typeName.endsWith(suffix) ? typeName.slice(0, -suffix.length) : '';
  if (!isKeyType(type)) throw keyError('The type of the certificate is not supported', 'not-supported');
  reader.string();
  const fieldsStart = reader.position;
  readKeyFields(type, reader);
  const fields = blob.subarray(fieldsStart, reader.position);
  const typeField = Buffer.alloc(4 + type.length);
  typeField.writeUInt32BE(type.length);
  typeField.write(type, 4, 'latin1');
  const publicKey = parsePublicKey(Buffer.concat([typeField, fields]));
  const serial = reader.uint64();
  const kind = certificateKind(reader.uint32());
  const keyId = reader.text();
  const principals = readPrincipals(reader.string());
  const validAfter = reader.uint64();
  const validBefore = reader.uint64();
  const criticalOptions = readOptions(reader.string());
  const extensions = readOptions(reader.string());
  reader.string();
  const authority = parsePublicKey(reader.string());
  const signed = blob.subarray(0, reader.position);
  const signature = reader.string();
  reader.end();
  checkAuthoritySignature(authority, signature, signed);
  return {
    kind,
    blob: keepBytes(blob),
    publicKey,
    serial,
    keyId,
    principals,
    validAfter,
    validBefore,
    criticalOptions,
    extensions,
    authority,
  };
}

function certificateKind(number: number): Certificate['kind'] {
  if (number === 1) return 'user';
  if (number === 2) return 'host';
  throw keyError('The certificate is neither for a user nor for a host');
}

function checkAuthoritySignature(authority: PublicKey, signature: Buffer, signed: Buffer): void {
  const algorithm = signatureAlgorithmOf(signature);
  const known = isSignatureAlgorithm(algorithm) && signatureAlgorithms[algorithm].keyType === authority.type;
  if (!known || !verifySignature(authority, algorithm, signature, signed)) {
    throw keyError('The signature of the certificate is wrong', 'not-trusted');
  }
}

function readPrincipals(bytes: Buffer): readonly string[] {
  const reader = new WireReader(bytes);
  const principals: string[] = [];
  while (reader.remaining > 0) {
    principals.push(reader.text());
    if (principals.length > maximumPrincipals) throw keyError('The certificate has too many principals');
  }
  return principals;
}

function readOptions(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const reader = new WireReader(bytes);
  const options = new Map<string, Buffer>();
  while (reader.remaining > 0) {
    const name = reader.text();
    if (options.has(name)) throw keyError('The certificate has an option twice');
    options.set(name, keepBytes(reader.string()));
  }
  return options;
}

/** For what a certificate is to be good. */
export interface CertificateUse {
  readonly kind: Certificate['kind'];
  /**
   * The user or host that has to be among the principals; a certificate without any is good for none. Null where
   * whoever knows the accounts decides whom its names stand for.
   */
  readonly principal: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Critical options that this program understands, and therefore accepts. */
const understoodOptions: ReadonlySet<string> = new Set(['source-address', 'force-command']);

/** Why a certificate is not good for that use, in words for a log; null when it is. */
export function certificateObjection(certificate: Certificate, use: CertificateUse): string | null {
  if (certificate.kind !== use.kind) return `the certificate is for a ${certificate.kind}`;
  const nowSeconds = BigInt(Math.floor(use.now / 1000));
  if (nowSeconds < certificate.validAfter) return 'the certificate is not valid yet';
  if (nowSeconds >= certificate.validBefore) return 'the certificate has expired';
  if (use.principal !== null && !certificate.principals.includes(use.principal))
    return `the certificate does not name ${use.principal}`;
  for (const name of certificate.criticalOptions.keys()) {
    const understood = use.kind === 'user' && understoodOptions.has(name);
    if (!understood) return `the certificate has the unknown critical option ${name}`;
  }
  return null;
}

/** The text of an option whose value is one string, or null when it is absent. */
export function certificateOption(certificate: Certificate, name: string): string | null {
  const value = certificate.criticalOptions.get(name);
  return value === undefined ? null : new WireReader(value).text();
}

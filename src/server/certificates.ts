import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { toWherryError, WherryError } from '#core/errors.ts';

/** Files that hold a certificate chain and its key, in PEM; both may be one file. */
export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate with its key, ready for use. */
export interface CertificateEntry {
  /** The chain from the server's own certificate up, in PEM. */
  readonly chainPem: string;
  readonly keyPem: string;
  readonly certificate: X509Certificate;
  /** SHA-256 of the certificate in colon-separated hexadecimal, as clients show it. */
  readonly fingerprintSha256: string;
  /** Milliseconds since 1970 in UTC. */
  readonly validUntil: number;
}

/** Names a handshake may ask for and whose certificate is remembered; clients choose them, so they are bounded. */
const maximumRememberedNames = 256;
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;
const keyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/u;

/** The certificates of a server, never changed once made. The first serves clients that name no host. */
export class CertificateSet {
  readonly entries: readonly [CertificateEntry, ...CertificateEntry[]];
  readonly #byName = new Map<string, CertificateEntry>();

  constructor(entries: readonly [CertificateEntry, ...CertificateEntry[]]) {
    const [first, ...others] = entries;
    this.entries = [first, ...others];
  }

  /** The certificate for the name that a client asks for (SNI); the first when none fits or none is asked for. */
  select(serverName: string | null): CertificateEntry {
    const [first] = this.entries;
    if (serverName === null || this.entries.length === 1) return first;
    const known = this.#byName.get(serverName);
    if (known !== undefined) return known;
    const found =
      this.entries.find(({ certificate }) => certificate.checkHost(serverName) !== undefined) ?? first;
    if (this.#byName.size < maximumRememberedNames) this.#byName.set(serverName, found);
    return found;
  }
}

/**
 * Reads certificates with their keys and proves that each pair works.
 *
 * @throws WherryError `invalid-argument` for what is no certificate or no fitting key, else what the file system
 *   says; with nothing to load, `invalid-argument`
 */
export async function loadCertificates(files: readonly CertificateFiles[]): Promise<CertificateSet> {
  const [first, ...others] = await Promise.all(files.map(loadEntry));
  if (first === undefined)
    throw new WherryError('invalid-argument', 'Cannot use TLS: there is no certificate');
  return new CertificateSet([first, ...others]);
}

async function loadEntry({ certificateFile, keyFile }: CertificateFiles): Promise<CertificateEntry> {
  const [certificateText, keyText] = await Promise.all([readPem(certificateFile), readPem(keyFile)]);
  const blocks = certificateText.match(certificateBlock);
  const [keyPem] = keyBlock.exec(keyText) ?? [];
  if (blocks === null || keyPem === undefined)
    throw unusable('it holds no certificate or no key in PEM form');
  const chainPem = `${blocks.join('\n')}\n`;
  try {
    const certificate = new X509Certificate(chainPem);
    if (!certificate.checkPrivateKey(createPrivateKey(keyPem)))
      throw unusable('the key is of another certificate');
    createSecureContext({ cert: chainPem, key: keyPem });
    const validUntil = certificate.validToDate.getTime();
    return { chainPem, keyPem, certificate, fingerprintSha256: certificate.fingerprint256, validUntil };
  } catch (thrown) {
    if (thrown instanceof WherryError) throw thrown;
    throw unusable('the file is damaged, or OpenSSL refuses it', thrown);
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (thrown) {
    throw toWherryError(thrown, 'read the certificate');
  }
}

function unusable(reason: string, cause?: unknown): WherryError {
  const message = `Cannot use the certificate: ${reason}`;
  return new WherryError('invalid-argument', message, cause === undefined ? {} : { cause });
}

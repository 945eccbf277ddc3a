import { randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { toWherryError } from '#core/errors.ts';

export interface SelfMadeOptions {
  /** Holds key and certificate; made when it is not there. Its directory is made too. */
  readonly file: string;
  /** Names and addresses of the server beside `localhost`, 127.0.0.1, ::1 and the host's name. */
  readonly hosts?: readonly string[] | undefined;
  /** Milliseconds since 1970 in UTC (default: the clock). */
  readonly now?: number | undefined;
}

const dayMs = 86_400_000;
/**
 * Apple's systems refuse every server certificate valid for more than 825 days, also one that the user trusts
 * himself; a little less leaves room for clocks that go wrong.
 */
const lifetimeMs = 820 * dayMs;
/** A certificate with less than this left is made anew at the next start. */
const renewalMs = 60 * dayMs;
/** Clients whose clock is slow must not find the certificate not yet valid. */
const backdatingMs = dayMs;
/** RFC 5280 section 4.1.2.2 allows 20 octets; 16 random ones are enough never to meet again. */
const serialBytes = 16;
/** RFC 5280, ub-common-name. */
const longestCommonName = 64;

/**
 * Makes sure that there is a certificate signed by itself (ECDSA P-256), so that TLS works from the first start.
 * One that is there is kept, since clients remember its fingerprint; one that ends soon is renewed with the same
 * key. Key and certificates are one file with mode 0600, put in place in one step.
 *
 * @returns whether a certificate was made
 * @throws WherryError with what the file system says
 */
export async function ensureSelfMadeCertificate(options: SelfMadeOptions): Promise<boolean> {
  const now = options.now ?? Date.now();
  try {
    const kept = await readExisting(options.file);
    if (kept !== null && new X509Certificate(kept).validToDate.getTime() - now > renewalMs) return false;
    await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
    await writePrivately(options.file, await makePem({ hosts: options.hosts ?? [], now, kept }));
    return true;
  } catch (thrown) {
    throw toWherryError(thrown, 'make the certificate');
  }
}

async function readExisting(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const error = toWherryError(thrown, 'read the certificate');
    if (error.code === 'not-found') return null;
    throw error;
  }
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

async function keysOf(kept: string | null): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  if (kept === null) return subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { createPrivateKey, createPublicKey } = await import('node:crypto');
  const privateKey = createPrivateKey(kept);
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(kept).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
}

interface Making {
  readonly hosts: readonly string[];
  readonly now: number;
  readonly kept: string | null;
}

async function makePem({ hosts, now, kept }: Making): Promise<string> {
  // Loaded only when a certificate is made: it is large and hardly ever needed.
  await import('@abraham/reflection');
  const x509 = await import('@peculiar/x509');
  const keys = await keysOf(kept);
  const names = [...new Set([hostname(), ...hosts, 'localhost', '127.0.0.1', '::1'])].filter(isNameable);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: positiveSerial(),
      name: [{ CN: [(names[0] ?? 'localhost').slice(0, longestCommonName)] }],
      notBefore: new Date(now - backdatingMs),
      notAfter: new Date(now - backdatingMs + lifetimeMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return `${toPem('PRIVATE KEY', pkcs8)}${toPem('CERTIFICATE', Buffer.from(certificate.rawData))}`;
}

/** Whether a text may stand in a certificate: an address, or a host name of letters, digits, hyphens and dots. */
function isNameable(host: string): boolean {
  return isIP(host) !== 0 || /^(?:\*\.)?[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/u.test(host);
}

/** Random, and never read as a negative number or with a superfluous zero. */
function positiveSerial(): string {
  const bytes = randomBytes(serialBytes);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/gu) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

async function writePrivately(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isKeyType, signatureAlgorithmsOf } from './signature-algorithms.ts';
import { certificateAlgorithm, certificateObjection, type Certificate } from './certificate.ts';
import type { PublicKey } from './public-key.ts';

/** A line of `known_hosts` (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** Names as they stand in the file: patterns, negated ones with `!`, or one hashed name. */
  readonly names: string;
  readonly keyType: string;
  readonly blob: Buffer;
  readonly lineNumber: number;
}

/** Files of this many lines are scanned; what follows is not trusted, so nothing is gained by more. */
const maximumLines = 100_000;
const defaultPort = 22;

/** Reads a `known_hosts` file. Comments, and lines that make no sense, are passed over as OpenSSH does. */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  const hosts: KnownHost[] = [];
  for (const [index, line] of text.split('\n', maximumLines).entries()) {
    const fields = line.trim().split(/[ \t]+/);
    if (fields[0] === '' || fields[0]?.startsWith('#') === true) continue;
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') continue;
    const [names, keyType, base64] = fields;
    if (names === undefined || keyType === undefined || base64 === undefined) continue;
    hosts.push({
      marker: marker === undefined ? null : marker === '@revoked' ? 'revoked' : 'cert-authority',
      names,
      keyType,
      blob: Buffer.from(base64, 'base64'),
      lineNumber: index + 1,
    });
  }
  return hosts;
}

/** The name of a host as `known_hosts` has it: `host`, or `[host]:port` for another port than 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === defaultPort ? name : `[${name}]:${port}`;
}

/** Whether a line is about this host. */
export function isAbout(line: KnownHost, name: string): boolean {
  if (line.names.startsWith('|')) return isHashOf(line.names, name);
  let found = false;
  for (const pattern of line.names.split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** `|1|salt|hash`: HMAC-SHA-1 of the name, to hide it from who reads the file; no secret rests on it. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = hmacOf(Buffer.from(salt, 'base64'), name);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function hmacOf(salt: Buffer, name: string): Buffer {
  return createHmac('sha1', salt).update(name).digest();
}

/** `*` and `?` over the whole name, without backtracking more than one star. */
function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase();
  let [inPattern, inName, star, retry] = [0, 0, -1, 0];
  while (inName < name.length) {
    const character = wanted[inPattern];
    if (character === '*') {
      star = inPattern;
      retry = inName;
      inPattern += 1;
    } else if (character === '?' || character === name[inName]) {
      inPattern += 1;
      inName += 1;
    } else if (star >= 0) {
      inPattern = star + 1;
      retry += 1;
      inName = retry;
    } else {
      return false;
    }
  }
  while (wanted[inPattern] === '*') inPattern += 1;
  return inPattern === wanted.length;
}

/** What `known_hosts` says of a key. */
export type HostKeyVerdict =
  /** It stands there, or a trusted authority vouches for it. */
  | { readonly verdict: 'known' }
  /** Nothing is known of this host. */
  | { readonly verdict: 'unknown' }
  /** Other keys stand there: somebody else may be answering. */
  | { readonly verdict: 'changed'; readonly lineNumbers: readonly number[] }
  | { readonly verdict: 'revoked'; readonly lineNumber: number };

/** Judges the key that a host has proved. `now` in milliseconds since 1970. */
export function judgeHostKey(
  lines: readonly KnownHost[],
  name: string,
  key: { readonly publicKey: PublicKey; readonly certificate: Certificate | null },
  now: number,
): HostKeyVerdict {
  const about = lines.filter((line) => isAbout(line, name));
  const authority = key.certificate?.authority ?? null;
  const revoked = about.find(
    (line) =>
      line.marker === 'revoked' &&
      (line.blob.equals(key.publicKey.blob) || authority?.blob.equals(line.blob) === true),
  );
  if (revoked !== undefined) return { verdict: 'revoked', lineNumber: revoked.lineNumber };
  if (key.certificate !== null && authority !== null) {
    const trusted = about.some(
      (line) => line.marker === 'cert-authority' && line.blob.equals(authority.blob),
    );
    const use = { kind: 'host', principal: hostOfName(name), now } as const;
    if (trusted && certificateObjection(key.certificate, use) === null) return { verdict: 'known' };
  }
  const plain = about.filter((line) => line.marker === null);
  if (plain.some((line) => line.blob.equals(key.publicKey.blob))) return { verdict: 'known' };
  const sameKind = plain.filter((line) => isKeyType(line.keyType));
  if (sameKind.length === 0) return { verdict: 'unknown' };
  return { verdict: 'changed', lineNumbers: sameKind.map((line) => line.lineNumber) };
}

function hostOfName(name: string): string {
  return /^\[(.*)\]:\d+$/.exec(name)?.[1] ?? name;
}

/**
 * The algorithms to ask a host for: those of keys that are known of it first, certificates first of all where an
 * authority is known, so that a known host never shows another of its keys.
 */
export function preferredHostKeyAlgorithms(
  lines: readonly KnownHost[],
  name: string,
  algorithms: readonly string[],
): readonly string[] {
  const about = lines.filter((line) => isAbout(line, name));
  const known = new Set<string>();
  for (const { marker, keyType } of about) {
    if (marker === null && isKeyType(keyType)) {
      for (const algorithm of signatureAlgorithmsOf(keyType)) known.add(algorithm);
    }
  }
  const hasAuthority = about.some((line) => line.marker === 'cert-authority');
  const certified = hasAuthority ? algorithms.map((name) => certificateAlgorithm(name as 'ssh-ed25519')) : [];
  const first = algorithms.filter((algorithm) => known.has(algorithm));
  return [...certified, ...first, ...algorithms.filter((algorithm) => !known.has(algorithm))];
}

/** A line that makes a key known, its name hashed when asked for. */
export function formatKnownHost(name: string, publicKey: PublicKey, hashed = false): string {
  const salt = randomBytes(20);
  const names = hashed ? `|1|${salt.toString('base64')}|${hmacOf(salt, name).toString('base64')}` : name;
  return `${names} ${publicKey.type} ${publicKey.blob.toString('base64')}`;
}

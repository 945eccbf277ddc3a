import { join } from 'node:path';
import type { Awaitable } from '#core/awaitable.ts';
import { configDirectory } from '../directories.ts';
import type { UntrustedCertificate } from '../options.ts';
import { readIfThere, withLock, writePrivately } from '../private-file.ts';

/** A certificate that a user has trusted, though no authority vouches for it. */
export interface TrustedCertificate {
  readonly host: string;
  readonly port: number;
  /** Hex, lower case. */
  readonly sha256: string;
  /** Milliseconds since 1970 in UTC. */
  readonly trustedAt: number;
}

const maximumBytes = 16 * 1024 * 1024;

/** Certificates that a user has trusted, in a file. Another certificate of the same place is not trusted with it. */
export class TrustedCertificates {
  readonly #file: string;

  constructor(file = join(configDirectory(), 'trusted-certificates.json')) {
    this.#file = file;
  }

  async list(): Promise<readonly TrustedCertificate[]> {
    const content = await readIfThere(this.#file, maximumBytes);
    if (content === null) return [];
    const parsed = parse(content.toString('utf8'));
    return parsed.filter(isTrusted);
  }

  /** Whether this very certificate was trusted for this host and port. */
  async has({ host, port, sha256 }: Pick<TrustedCertificate, 'host' | 'port' | 'sha256'>): Promise<boolean> {
    const known = await this.list();
    return known.some((row) => row.host === host && row.port === port && row.sha256 === sha256);
  }

  /** Trusts a certificate, in the place of any other one of the same host and port. */
  async add({ host, port, sha256 }: Pick<TrustedCertificate, 'host' | 'port' | 'sha256'>): Promise<void> {
    await withLock(this.#file, async () => {
      const others = (await this.list()).filter((row) => row.host !== host || row.port !== port);
      const rows = [...others, { host, port, sha256, trustedAt: Date.now() }];
      await writePrivately(this.#file, `${JSON.stringify(rows, null, 2)}\n`);
    });
  }

  /** Trusts the certificate of a host and port no more. */
  async remove({ host, port }: Pick<TrustedCertificate, 'host' | 'port'>): Promise<void> {
    await withLock(this.#file, async () => {
      const rows = (await this.list()).filter((row) => row.host !== host || row.port !== port);
      await writePrivately(this.#file, `${JSON.stringify(rows, null, 2)}\n`);
    });
  }

  /**
   * An answer for `TlsOptions.onUntrusted`: what is known passes, about anything else `ask` decides; a certificate
   * that it trusts is remembered when it says `always`.
   */
  policy(
    ask?: (
      certificate: UntrustedCertificate,
      known: TrustedCertificate | null,
    ) => Awaitable<'always' | 'once' | 'never'>,
  ): (certificate: UntrustedCertificate) => Promise<boolean> {
    return async (certificate) => {
      if (await this.has(certificate)) return true;
      const { host, port } = certificate;
      const other = (await this.list()).find((row) => row.host === host && row.port === port) ?? null;
      const answer = (await ask?.(certificate, other)) ?? 'never';
      if (answer === 'always') await this.add(certificate);
      return answer !== 'never';
    };
  }
}

function parse(text: string): readonly unknown[] {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value : [];
  } catch {
    // A damaged file trusts nobody.
    return [];
  }
}

function isTrusted(value: unknown): value is TrustedCertificate {
  const row = value as Partial<TrustedCertificate> | null;
  return typeof row?.host === 'string' && typeof row.port === 'number' && typeof row.sha256 === 'string';
}

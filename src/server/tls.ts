import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import { toWherryError } from '#core/errors.ts';
import type { ClientCertificatePolicy, SessionTls, TlsProvider } from '#protocols/ftp/server/options.ts';
import type { CertificateFiles, CertificateSet } from './certificates.ts';
import { loadCertificates } from './certificates.ts';
import { createControlTls } from './control-tls.ts';
import { ensureSelfMadeCertificate } from './self-made-certificate.ts';

export interface OpenTlsOptions {
  /** Where a certificate of the server's own making is kept. */
  readonly dataDirectory: string;
  /** Own certificates, the first for clients that name no host; with none, one is made. */
  readonly certificates?: readonly CertificateFiles[] | undefined;
  /** Names and addresses that a self-made certificate is to hold beside the host's own. */
  readonly hosts?: readonly string[] | undefined;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly clientCertificates?: ClientCertificatePolicy | undefined;
  /** File in PEM with the certificates that sign those of clients. */
  readonly clientAuthority?: string | null | undefined;
  /** Told in one sentence what went wrong in a reload. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

/** The TLS of a running server. */
export interface ServerTls {
  readonly provider: TlsProvider;
  /** SHA-256 of the first certificate as clients show it. */
  readonly fingerprint: string;
  /** The certificates in use now. */
  readonly certificates: CertificateSet;
  /** The context of a protocol with one connection at a time, for the name a client asks for, or for none. */
  readonly contextFor: (serverName: string | null) => SecureContext;
  /**
   * Reads the certificates anew; sessions that began before keep theirs. Never throws: files that cannot be used
   * leave the old certificates in use, and `onProblem` hears why.
   *
   * @returns whether the new certificates are in use
   */
  reload(): Promise<boolean>;
}

const selfMadeFile = 'tls-self-made.pem';

/** The file of the certificate that a server makes for itself, in its data directory. */
export function selfMadeCertificateFile(dataDirectory: string): string {
  return join(dataDirectory, selfMadeFile);
}

/**
 * Loads the certificates of a server, or makes one on its first start.
 *
 * @throws WherryError `invalid-argument` for files that cannot be used, else what the file system says
 */
export async function openTls(options: OpenTlsOptions): Promise<ServerTls> {
  let current = await load(options);
  const clientAuthority = await readClientAuthority(options.clientAuthority ?? null);
  const provider = createControlTls({
    certificates: () => current,
    minVersion: options.minVersion,
    clientCertificates: options.clientCertificates,
    ...(clientAuthority === null ? {} : { clientAuthority }),
  });
  let shared: { readonly certificates: CertificateSet; readonly tls: SessionTls } | null = null;
  return {
    provider,
    get certificates() {
      return current;
    },
    contextFor: (serverName) => {
      // New certificates are for connections that begin afterwards.
      if (shared?.certificates !== current) {
        shared = { certificates: current, tls: provider.createSessionTls() };
      }
      return shared.tls.contextFor(serverName);
    },
    get fingerprint() {
      return current.entries[0].fingerprintSha256;
    },
    async reload() {
      try {
        current = await load(options);
        return true;
      } catch (thrown) {
        const { message } = toWherryError(thrown, 'reload the certificates');
        options.onProblem?.(`The old certificates stay in use. ${message}`);
        return false;
      }
    },
  };
}

async function load(options: OpenTlsOptions): Promise<CertificateSet> {
  if (options.certificates !== undefined && options.certificates.length > 0) {
    return loadCertificates(options.certificates);
  }
  const file = selfMadeCertificateFile(options.dataDirectory);
  await ensureSelfMadeCertificate({ file, hosts: options.hosts });
  return loadCertificates([{ certificateFile: file, keyFile: file }]);
}

async function readClientAuthority(file: string | null): Promise<string | null> {
  if (file === null) return null;
  try {
    return await readFile(file, 'latin1');
  } catch (thrown) {
    throw toWherryError(thrown, 'read the certificates that sign those of clients');
  }
}

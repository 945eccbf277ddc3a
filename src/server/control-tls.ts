import { constants, randomBytes } from 'node:crypto';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { ClientCertificatePolicy, SessionTls, TlsProvider } from '#protocols/ftp/server/options.ts';
import type { CertificateEntry, CertificateSet } from './certificates.ts';

export interface ControlTlsOptions {
  /** The certificates now in use; asked once for each session. */
  certificates(): CertificateSet;
  /** Lowest version (default TLS 1.2; RFC 8996 has done away with the older ones). */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Default `off`. */
  readonly clientCertificates?: ClientCertificatePolicy | undefined;
  /** Certificates in PEM that sign those of clients; without it nobody vouches for any, and their names do not count. */
  readonly clientAuthority?: string | undefined;
}

/** Ticket keys of a context as OpenSSL wants them. */
const ticketKeyBytes = 48;
/**
 * Longest life of a TLS 1.3 ticket (RFC 8446 section 4.6.1: seven days), in seconds. Node's default of five minutes
 * would let resumption fail after a pause in a session, and every transfer with it where resumption is required.
 */
const sessionTimeoutSeconds = 604_800;
/**
 * TLS 1.3, and of TLS 1.2 what is forward secret and authenticated, in this server's order: AES-128 first, which
 * nothing known endangers and which is the fastest where there is AES in hardware. Naming few makes a context
 * cheaper too: 350 µs instead of 500 on the machine where this was measured.
 */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * TLS for servers with a control and data connections: each session gets a context with random ticket keys, so
 * that a resumed handshake proves to come from the client of that session. The context is made when the session
 * first needs it. For a client that names a host with another certificate only that certificate comes from a
 * context which sessions share: OpenSSL takes ticket keys from the context that a handshake began with.
 */
export function createControlTls(options: ControlTlsOptions): TlsProvider {
  return new ControlTls(options);
}

class ControlTls implements TlsProvider {
  readonly clientCertificates: ClientCertificatePolicy;
  readonly #options: ControlTlsOptions;
  /** By certificate, for as long as its set is in use. */
  readonly #shared = new WeakMap<CertificateEntry, SecureContext>();

  constructor(options: ControlTlsOptions) {
    this.#options = options;
    const policy = options.clientCertificates ?? 'off';
    const isAnyGood = policy === 'required' && options.clientAuthority === undefined;
    this.clientCertificates = isAnyGood ? 'any-required' : policy;
  }

  createSessionTls(): SessionTls {
    const certificates = this.#options.certificates();
    const ownEntry = certificates.select(null);
    let own: SecureContext | null = null;
    return {
      contextFor: (serverName) => {
        const entry = certificates.select(serverName);
        if (entry !== ownEntry) return this.#sharedContext(entry);
        own ??= createSecureContext({
          ...this.#contextOptions(entry),
          ticketKeys: randomBytes(ticketKeyBytes),
        });
        return own;
      },
    };
  }

  #sharedContext(entry: CertificateEntry): SecureContext {
    const known = this.#shared.get(entry);
    if (known !== undefined) return known;
    const context = createSecureContext(this.#contextOptions(entry));
    this.#shared.set(entry, context);
    return context;
  }

  #contextOptions({ chainPem, keyPem }: CertificateEntry): SecureContextOptions {
    const { minVersion = 'TLSv1.2', clientAuthority } = this.#options;
    return {
      cert: chainPem,
      key: keyPem,
      minVersion,
      ciphers,
      honorCipherOrder: true,
      // A client that puts ChaCha20 first has no AES in hardware, and gets it.
      secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA,
      sessionTimeout: sessionTimeoutSeconds,
      // OpenSSL resumes no session of a client with a certificate unless its context has a name.
      sessionIdContext: 'wherry',
      // Without a list of its own Node would trust the authorities of web sites to name this server's clients.
      ca: clientAuthority ?? [],
    };
  }
}

import { isIP } from 'node:net';
import { describeCertificateProblem } from './certificate-problem.ts';
import {
  connect,
  createSecureContext,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { WherryError } from '#core/errors.ts';
import type { CertificateFacts, CertificateSummary, FtpTlsOptions } from '../options.ts';

/** Certificates told of one chain; a hostile server could send hundreds. */
const maximumChain = 16;

interface Handshake {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Given the socket before the handshake begins, to take what comes right behind it. */
  readonly prepare?: ((socket: TLSSocket) => void) | undefined;
}

/**
 * TLS as the client on the connections of one FTP session. Data connections resume the session of the control
 * connection, with the newest ticket that any of them was given: TLS 1.3 tickets come after the handshake and some
 * servers take each but once. A data connection that does not resume must show the very same certificate.
 */
export class TlsClient {
  readonly #host: string;
  readonly #options: FtpTlsOptions;
  readonly #context: SecureContext;
  #session: Buffer | null = null;
  #certificate: string | null = null;
  #description: string | null = null;

  /** @throws WherryError `invalid-argument` for certificates or keys that cannot be read */
  constructor(host: string, options: FtpTlsOptions) {
    this.#host = host;
    this.#options = options;
    const { ca, cert, key, passphrase, minVersion = 'TLSv1.2', maxVersion } = options;
    try {
      this.#context = createSecureContext({
        ...(ca === undefined ? {} : { ca: typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : [...ca] }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
        minVersion,
        ...(maxVersion === undefined ? {} : { maxVersion }),
      });
    } catch (cause) {
      throw new WherryError('invalid-argument', 'The certificate or key for TLS cannot be read', { cause });
    }
  }

  /** Version and cipher of the control connection. */
  get description(): string | null {
    return this.#description;
  }

  /** Whether a session can be resumed already; in TLS 1.3 its ticket comes with the first octets after the handshake. */
  get hasSession(): boolean {
    return this.#session !== null;
  }

  /**
   * Takes the control connection into TLS and decides whether the server is the one that was meant.
   *
   * @throws WherryError `not-trusted`, `timeout`, `protocol`, `connection-lost`; the transport is then destroyed
   */
  async secureControl(transport: Duplex, handshake: Handshake): Promise<TLSSocket> {
    const socket = await this.#handshake(transport, null, handshake);
    try {
      await this.#judge(socket);
    } catch (thrown) {
      socket.destroy();
      throw thrown;
    }
    this.#certificate = fingerprintOf(socket);
    const { standardName } = socket.getCipher();
    this.#description = `${socket.getProtocol() ?? 'TLS'} ${standardName}`;
    return socket;
  }

  /** Takes a data connection into TLS. @throws WherryError as {@link secureControl} */
  async secureData(transport: Duplex, handshake: Handshake): Promise<TLSSocket> {
    const socket = await this.#handshake(transport, this.#session, handshake);
    if (!socket.isSessionReused() && fingerprintOf(socket) !== this.#certificate) {
      socket.destroy();
      throw new WherryError(
        'not-trusted',
        'The data connection shows another certificate than the control connection: somebody else may have answered it',
      );
    }
    return socket;
  }

  async #handshake(
    transport: Duplex,
    session: Buffer | null,
    { timeoutMs, signal, prepare }: Handshake,
  ): Promise<TLSSocket> {
    const isAddress = isIP(this.#host) !== 0;
    const settings: ConnectionOptions = {
      socket: transport,
      // Node binds a session to the host it was made with, so every connection names the same.
      host: this.#host,
      ...(isAddress ? {} : { servername: this.#host }),
      secureContext: this.#context,
      // Judged here, where a pin or the user may know better.
      rejectUnauthorized: false,
      ...(session === null ? {} : { session }),
    };
    const socket = connect(settings);
    socket.on('session', (ticket: Buffer) => {
      this.#session = ticket;
    });
    // Stays: what fails later is told through the reader, and must not end the process before there is one.
    socket.on('error', () => undefined);
    prepare?.(socket);
    await awaitSecure(socket, { transport, timeoutMs, signal });
    // In TLS 1.2 the session is complete with the handshake, and no event may tell of a resumed one.
    if (socket.getProtocol() === 'TLSv1.2') this.#session = socket.getSession() ?? this.#session;
    return socket;
  }

  async #judge(socket: TLSSocket): Promise<void> {
    const { pin, verifyCertificate } = this.#options;
    const facts = describeCertificates(socket, this.#host);
    if (pin !== undefined) {
      if (comparable(facts.chain[0]?.sha256 ?? '') === comparable(pin)) return;
      throw new WherryError(
        'not-trusted',
        `The certificate of ${this.#host} is not the expected one; its SHA-256 is ${facts.chain[0]?.sha256 ?? 'missing'}`,
      );
    }
    if (verifyCertificate === undefined ? facts.authorized : await verifyCertificate(facts)) return;
    const why = describeCertificateProblem(facts.problem);
    throw new WherryError(
      'not-trusted',
      `The certificate of ${this.#host} is not trusted: ${why}. Name its authority, or pin its SHA-256 ${facts.chain[0]?.sha256 ?? ''} if you know it to be right`,
    );
  }
}

function comparable(fingerprint: string): string {
  return fingerprint.replaceAll(/[^0-9a-f]/gi, '').toLowerCase();
}

function fingerprintOf(socket: TLSSocket): string | null {
  return socket.getPeerX509Certificate()?.fingerprint256 ?? null;
}

function describeCertificates(socket: TLSSocket, host: string): CertificateFacts {
  const chain: CertificateSummary[] = [];
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (certificate !== undefined && chain.length < maximumChain) {
    chain.push({
      subject: certificate.subject,
      issuer: certificate.issuer,
      names: certificate.subjectAltName ?? '',
      validFrom: certificate.validFromDate.getTime(),
      validTo: certificate.validToDate.getTime(),
      sha256: certificate.fingerprint256,
    });
    const above: X509Certificate | undefined = certificate.issuerCertificate;
    certificate = above?.fingerprint256 === certificate.fingerprint256 ? undefined : above;
  }
  const problem = socket.authorized ? null : String(socket.authorizationError ?? 'unknown');
  return { host, authorized: socket.authorized, problem, chain };
}

interface SecureWait {
  readonly transport: Duplex;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

async function awaitSecure(socket: TLSSocket, { transport, timeoutMs, signal }: SecureWait): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error: WherryError | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.off('secureConnect', succeed).off('error', fail).off('end', vanish).off('close', vanish);
      if (error === null) {
        resolve();
        return;
      }
      socket.destroy();
      transport.destroy();
      reject(error);
    };
    const succeed = (): void => settle(null);
    const fail = (cause: Error): void => {
      settle(new WherryError('protocol', `The TLS handshake failed: ${reasonOf(cause)}`, { cause }));
    };
    const vanish = (): void => {
      settle(new WherryError('connection-lost', 'The connection was lost during the TLS handshake'));
    };
    const stop = (): void => settle(new WherryError('aborted', 'The TLS handshake was stopped'));
    const timer = setTimeout(() => {
      settle(new WherryError('timeout', 'The TLS handshake took too long'));
    }, timeoutMs);
    socket.once('secureConnect', succeed).once('error', fail).once('end', vanish).once('close', vanish);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
  });
}

/** OpenSSL's words for what went wrong, which name no place of this machine. */
function reasonOf(cause: Error): string {
  const { reason, code } = cause as { reason?: unknown; code?: unknown };
  return typeof reason === 'string' ? reason : typeof code === 'string' ? code : 'the connection was lost';
}

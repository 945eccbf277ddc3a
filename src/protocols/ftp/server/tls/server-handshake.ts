import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { Duplex } from 'node:stream';
import { WherryError } from '#core/errors.ts';
import type { ClientCertificatePolicy, SessionTls } from '../options.ts';
import { awaitHandshake } from './await-handshake.ts';

/**
 * Names of this protocol that clients offer. Nothing else is agreed on: a browser's `h2` would let it be led to this
 * server (ALPACA), and some names stand for private dialects. A client that offers no name at all is served.
 */
const applicationProtocols = ['ftp', 'ftp-data'] as const;

/** What TLS runs over: a socket, or a layer on one. */
export type HandshakeTransport = Duplex;

interface HandshakeOptions {
  readonly tls: SessionTls;
  readonly clientCertificates: ClientCertificatePolicy;
  readonly timeoutMs: number;
  /** Given the socket before the handshake begins, to take what comes right behind it. */
  readonly prepare?: ((socket: TLSSocket) => void) | undefined;
}

/** TLS as the server over a connection, once its handshake is through. */
export interface ServerHandshake {
  readonly socket: TLSSocket;
  /** The name the client asked for (SNI), lower case. */
  readonly serverName: string | null;
}

/**
 * Performs a TLS handshake as the server. The client may have begun already; what it sent must still be readable
 * from `transport`.
 *
 * @throws WherryError `timeout`, or `protocol` with OpenSSL's reason as cause; the transport is then destroyed
 */
export async function acceptTls(
  transport: HandshakeTransport,
  options: HandshakeOptions,
): Promise<ServerHandshake> {
  const { tls, clientCertificates, timeoutMs } = options;
  const settings: TLSSocketOptions = {
    isServer: true,
    secureContext: tls.contextFor(null),
    requestCert: clientCertificates !== 'off',
    rejectUnauthorized: clientCertificates === 'required' || clientCertificates === 'any-required',
    SNICallback: (name, callback) => {
      callback(null, tls.contextFor(name));
    },
    ALPNCallback: ({ protocols }) => applicationProtocols.find((name) => protocols.includes(name)),
  };
  const socket = new TLSSocket(transport, settings);
  // A socket of its own class ends with its transport; its errors are told through the handshake and the reader.
  socket.on('error', () => undefined);
  options.prepare?.(socket);
  await awaitHandshake(socket, { transport, completed: 'secure', timeoutMs });
  if (!isSatisfied(clientCertificates, socket)) {
    socket.destroy();
    transport.destroy();
    throw new WherryError('not-trusted', 'A valid client certificate is required');
  }
  const { servername } = socket as { servername?: unknown };
  const serverName = typeof servername === 'string' && servername !== '' ? servername.toLowerCase() : null;
  return { socket, serverName };
}

/** OpenSSL refuses who shows no certificate; what it thinks of one that is shown, Node leaves to its caller. */
function isSatisfied(policy: ClientCertificatePolicy, socket: TLSSocket): boolean {
  if (policy === 'required') return socket.authorized || hasVerifiedPeer(socket);
  return policy !== 'any-required' || socket.getPeerX509Certificate() !== undefined;
}

/** Node sets `authorized` on sockets of its own server only; a socket made here must be asked itself. */
function hasVerifiedPeer(socket: TLSSocket): boolean {
  const handle = socket as unknown as { ssl?: { verifyError?: () => Error | null } };
  const certificate = socket.getPeerX509Certificate();
  return certificate !== undefined && handle.ssl?.verifyError?.() === null;
}

/**
 * The fingerprint of the certificate whose key the client has used, and its names where an authority vouches for
 * them; null without one.
 */
export function clientCertificate(socket: TLSSocket): {
  readonly fingerprintSha256: string;
  readonly commonNames: readonly string[];
  readonly alternativeNames: readonly string[];
} | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  const { fingerprint256: fingerprintSha256 } = certificate;
  if (!hasVerifiedPeer(socket)) return { fingerprintSha256, commonNames: [], alternativeNames: [] };
  const names = certificate.subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .map((line) => line.slice(3));
  return {
    fingerprintSha256,
    commonNames: names,
    alternativeNames: alternativeNamesOf(certificate.subjectAltName),
  };
}

/**
 * The DNS names and e-mail addresses of a certificate. Node writes a name with a comma or a quote in it as a JSON
 * string (CVE-2021-44532); such a name is no account's and is left out.
 */
function alternativeNamesOf(text: string | undefined): readonly string[] {
  if (text === undefined || text.includes('"')) return [];
  return text.split(', ').flatMap((name) => /^(?:DNS|email):(.+)$/u.exec(name)?.[1] ?? []);
}

/** Version and cipher for the log and for STAT. */
export function describeTls(socket: TLSSocket): string {
  const cipher = socket.getCipher();
  const resumed = socket.isSessionReused() ? ', resumed' : '';
  return `${socket.getProtocol() ?? 'TLS'} ${cipher.standardName}${resumed}`;
}

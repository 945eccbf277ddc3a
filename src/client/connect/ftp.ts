import type { Connection } from '#core/connection.ts';
import { describeCertificateProblem } from '#protocols/ftp/client/tls/certificate-problem.ts';
import type { Secret } from '#core/secret.ts';
import {
  connectFtp as openFtp,
  type CertificateFacts,
  type FtpClientOptions,
  type FtpTlsMode,
  type FtpTlsOptions,
} from '#protocols/ftp/client/ftp-client.ts';
import type { Scheme } from '../address.ts';
import { defaultTimeoutMs, type TlsOptions, type UntrustedCertificate } from '../options.ts';
import type { ConnectRequest } from './connector.ts';
import { askUser, toSecret } from './secrets.ts';

/** How the schemes of FTP are protected; `ftp:` leaves it to the options. */
const modes: Readonly<Partial<Record<Scheme, FtpTlsMode>>> = { ftps: 'implicit', ftpes: 'require' };

/** Opens a connection to an FTP server. */
export async function connectFtp(request: ConnectRequest): Promise<Connection> {
  return openFtp(await ftpOptions(request));
}

/** What the FTP client is told, whichever way it is to call the server. */
export async function ftpOptions(request: ConnectRequest): Promise<FtpClientOptions> {
  const { address, options, dialer, signal } = request;
  const { tls = {}, timeoutMs = defaultTimeoutMs } = options;
  const host = address.host ?? '';
  const port = address.port ?? 21;
  const user = options.user ?? address.user ?? undefined;
  const password = await passwordFor(request, user);
  return {
    host,
    port,
    user,
    password,
    signal,
    account: options.account,
    family: options.family,
    tls: modes[address.scheme] ?? tls.mode ?? 'auto',
    tlsOptions: tlsOptions(tls, port),
    ...(dialer === null ? {} : { dialer }),
    dataMode: dataModeOf(options.active, dialer !== null),
    charset: options.charset,
    timeOffsetMinutes: options.timeOffsetMinutes,
    times: {
      connectMs: timeoutMs,
      greetingMs: timeoutMs,
      tlsHandshakeMs: timeoutMs,
      dataConnectMs: Math.min(timeoutMs, longestDataConnectMs),
      stallMs: 2 * timeoutMs,
      replyMs: 2 * timeoutMs,
    },
    onConversation: options.onConversation,
  };
}

function dataModeOf(active: boolean | undefined, isDialled: boolean): FtpClientOptions['dataMode'] {
  if (active === true) return 'active';
  return active === false || isDialled ? 'passive' : 'auto';
}

/** Another way is tried when the first does not answer within this. */
const longestDataConnectMs = 10_000;

/** Nobody is asked for the password of `anonymous`. */
async function passwordFor(request: ConnectRequest, user: string | undefined): Promise<Secret | undefined> {
  const { address, options } = request;
  if (options.password !== undefined) return toSecret(options.password);
  if (address.password !== null) return address.password;
  if (user === undefined || user === 'anonymous' || user === 'ftp') return undefined;
  const subject = `${user}@${address.host ?? ''}`;
  const question = { kind: 'password', text: `Password for ${subject}`, subject, echo: false } as const;
  return (await askUser(options, question)) ?? undefined;
}

function tlsOptions(tls: TlsOptions, port: number): FtpTlsOptions {
  const { ca, passphrase } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    cert: tls.certificate,
    key: tls.key,
    ...(passphrase === undefined ? {} : { passphrase: toSecret(passphrase) }),
    verifyCertificate: (facts) => judgeCertificate(tls, facts, port),
  };
}

/** Pins decide alone; else what authorities say, and last the user. */
async function judgeCertificate(tls: TlsOptions, facts: CertificateFacts, port: number): Promise<boolean> {
  const [own] = facts.chain;
  const sha256 = plainHex(own?.sha256 ?? '');
  if (tls.pins !== undefined && tls.pins.length > 0) return tls.pins.some((pin) => plainHex(pin) === sha256);
  if (facts.authorized || tls.insecure === true) return true;
  const certificate: UntrustedCertificate = {
    host: facts.host,
    port,
    sha256,
    subject: own?.subject ?? '',
    issuer: own?.issuer ?? '',
    validFrom: own?.validFrom ?? 0,
    validUntil: own?.validTo ?? 0,
    reason: describeCertificateProblem(facts.problem),
  };
  return (await tls.onUntrusted?.(certificate)) ?? false;
}

function plainHex(text: string): string {
  return text
    .replace(/^sha256[:=]/i, '')
    .replaceAll(':', '')
    .toLowerCase();
}

import type { Duplex } from 'node:stream';
import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { Secret } from '#core/secret.ts';
import { ControlLink } from '#protocols/ftp/client/control/control-link.ts';
import { replyError } from '#protocols/ftp/client/reply-errors.ts';
import { TlsClient } from '#protocols/ftp/client/tls/tls-client.ts';
import type { Reply } from '#protocols/ftp/wire/reply.ts';
import { openSocket } from '../network-checks.ts';
import type { FtpPatient } from './ftp-patient.ts';

/** A reply in quotation marks, as findings cite it. */
export function quoteReply({ code, lines }: Reply): string {
  const text = lines.join(' ').trim();
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return `"${code} ${printableName(shown)}"`;
}

/** A control connection over a transport; it is closed with the examination. */
export function openLink(patient: FtpPatient, transport: Duplex): ControlLink {
  const link = new ControlLink(transport, {
    conversation: patient.conversation,
    replyTimeoutMs: patient.times.replyMs,
    telnetEscapes: true,
    onConfusion: () => undefined,
  });
  patient.link = link;
  patient.closers.push(() => quit(link));
  return link;
}

/** Says goodbye, so that the server need not count the connection as one that was lost. */
async function quit(link: ControlLink): Promise<void> {
  if (link.failure === null) await link.command('QUIT', null, { timeoutMs: 500 }).catch(() => undefined);
  link.fail(new WherryError('closed', 'The examination is over'));
}

/** Takes a transport into TLS with any certificate, which is kept to be judged before anything secret is sent. */
export async function enterTls(patient: FtpPatient, transport: Duplex, signal: AbortSignal): Promise<Duplex> {
  const client = new TlsClient(patient.host, {
    ...patient.login.tlsOptions,
    pin: undefined,
    verifyCertificate: (facts) => {
      patient.certificate = facts;
      return true;
    },
  });
  const secured = await client.secureControl(transport, { timeoutMs: patient.times.replyMs, signal });
  patient.tls = client;
  return secured;
}

/** AUTH TLS; null when the server has taken it, else its refusal. */
export async function askForTls(
  patient: FtpPatient,
  link: ControlLink,
  signal: AbortSignal,
): Promise<Reply | null> {
  const reply = await link.command('AUTH', 'TLS');
  if (reply.code !== 234 && reply.code !== 334) return reply;
  link.attach(await enterTls(patient, link.detach(), signal));
  return null;
}

/** How far a login came: the command that was answered last, and the answer. */
export interface LoginResult {
  readonly step: 'USER' | 'PASS' | 'ACCT';
  readonly reply: Reply;
  readonly accountWanted: boolean;
}

/** USER, PASS and ACCT as far as the server asks for them. */
export async function sendLogin({ login }: FtpPatient, link: ControlLink): Promise<LoginResult> {
  const { user = 'anonymous', account } = login;
  const password = login.password ?? (user === 'anonymous' || user === 'ftp' ? 'anonymous@' : '');
  const asUser = await link.command('USER', user);
  if (asUser.code !== 331 && asUser.code !== 332)
    return { step: 'USER', reply: asUser, accountWanted: false };
  const withPassword =
    asUser.code === 332 ? asUser : await link.command('PASS', reveal(password), { secret: true });
  if (withPassword.code !== 332) return { step: 'PASS', reply: withPassword, accountWanted: false };
  if (account === undefined) return { step: 'ACCT', reply: withPassword, accountWanted: true };
  const withAccount = await link.command('ACCT', reveal(account), { secret: true });
  return { step: 'ACCT', reply: withAccount, accountWanted: false };
}

/** Has data connections protected where the control connection is. */
export async function protectData(patient: FtpPatient, link: ControlLink): Promise<Reply | null> {
  patient.protectData = false;
  if (patient.tls === null) return null;
  await link.command('PBSZ', '0');
  const level = await link.command('PROT', 'P');
  if (level.code >= 300) return level;
  patient.protectData = true;
  return null;
}

function reveal(value: Secret | string): string {
  return value instanceof Secret ? value.reveal() : value;
}

/**
 * The control connection, logged in: the one there is, or another one when a check has lost it.
 *
 * @throws WherryError when there is none to be had any more
 */
export async function controlOf(patient: FtpPatient, signal: AbortSignal): Promise<ControlLink> {
  if (patient.link !== null && patient.link.failure === null) return patient.link;
  const { dialer, host, port, login, times } = patient;
  const target = { host: patient.remoteAddress ?? host, port };
  const transport = await (dialer === null ? openSocket(target, signal) : dialer.dial(target, { signal }));
  const wasTrusted = patient.certificate?.chain[0]?.sha256;
  const secured = login.tls === 'implicit' ? await enterTls(patient, transport, signal) : transport;
  const link = openLink(patient, secured);
  const greeting = await link.greeting(times.replyMs);
  if (greeting.code >= 300) throw replyError(greeting, { verb: '', action: 'connect once more' });
  if (wasTrusted !== undefined && login.tls !== 'implicit') {
    const refusal = await askForTls(patient, link, signal);
    if (refusal !== null) throw replyError(refusal, { verb: 'AUTH', action: 'protect the connection' });
  }
  if (patient.certificate?.chain[0]?.sha256 !== wasTrusted) {
    throw new WherryError('not-trusted', 'The server shows another certificate than on the first connection');
  }
  const { reply } = await sendLogin(patient, link);
  if (reply.code >= 300) throw replyError(reply, { verb: 'PASS', action: 'log in once more' });
  await protectData(patient, link);
  await link.command('TYPE', 'I');
  return link;
}

import { userInfo } from 'node:os';
import { WherryError } from '#core/errors.ts';
import { openTunnel } from '#protocols/ssh/client/tunnel-dialer.ts';
import { resolveAddress } from '../connect/connect.ts';
import { defaultFtpPort, farHost } from '../connect/ftp-over-ssh.ts';
import { ftpOptions } from '../connect/ftp.ts';
import { askUser } from '../connect/secrets.ts';
import { proxyDialer } from '../dial/proxy.ts';
import type { Address, Scheme } from '../address.ts';
import type { ConnectOptions } from '../options.ts';
import type { Finding } from './finding.ts';
import { ftpPatient } from './ftp/ftp-patient.ts';
import { explicitTlsChecks, implicitTlsChecks } from './ftp/ftp-checks.ts';
import { timesFor, type Patient } from './patient.ts';
import { runChecks } from './run-checks.ts';
import { sshChecks, sshPatient, tunnelChecks, type SshPatient } from './ssh/ssh-checks.ts';
import { tftpChecks } from './tftp/tftp-checks.ts';

/** How {@link diagnose} goes about it, beside what every connection is told. */
export interface DiagnoseOptions extends ConnectOptions {
  /** Write a small file where the URL leads, and remove it again (default false). */
  readonly write?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Examination = (patient: Patient, signal: AbortSignal) => Promise<AsyncIterable<Finding>>;

/** How each scheme is examined. */
const examinations: Readonly<Record<Exclude<Scheme, 'file'>, Examination>> = {
  ftp: (patient, signal) => examineFtp(patient, signal),
  ftps: (patient, signal) => examineFtp(patient, signal),
  ftpes: (patient, signal) => examineFtp(patient, signal),
  sftp: (patient, signal) => examineSsh(patient, signal),
  scp: (patient, signal) => examineSsh(patient, signal),
  'ftp+ssh': (patient, signal) => Promise.resolve(examineTunnel(patient, signal)),
  tftp: (patient, signal) => {
    const { times } = patient;
    const limits = { eachMs: times.checkMs, allMs: times.allMs };
    return Promise.resolve(runChecks(tftpChecks, patient, { times: limits, signal }));
  },
};

/**
 * Examines a server step by step as a client sees it, and gives the finding of each check as soon as it is there.
 * No password is sent to a server whose certificate or host key is not trusted. It ends within twenty seconds.
 *
 * @throws WherryError `invalid-argument` for an address that cannot be read or is of this machine
 */
export async function* diagnose(
  input: string | URL | Address,
  options: DiagnoseOptions = {},
): AsyncGenerator<Finding> {
  const resolved = await resolveAddress(input, options);
  const { address } = resolved;
  if (address.scheme === 'file' || address.host === null || address.port === null) {
    throw new WherryError('invalid-argument', 'There is nothing to examine: that is a path of this machine');
  }
  const patient: Patient = {
    address,
    host: address.host,
    port: address.port,
    options: resolved.options,
    times: timesFor(options.timeoutMs),
    mayWrite: options.write ?? false,
    dialer:
      resolved.options.dialer ??
      (resolved.options.proxy === undefined ? null : proxyDialer(resolved.options.proxy, resolved.options)),
    addresses: [],
    socket: null,
    remoteAddress: null,
    localAddress: null,
    closers: [],
  };
  const ended = new AbortController();
  const signal =
    options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
  try {
    yield* await examinations[address.scheme](patient, signal);
  } finally {
    ended.abort();
    for (const close of patient.closers.toReversed()) await Promise.resolve(close()).catch(() => undefined);
  }
}

/** What is left of the user's own judgement is not asked for: an examination shows what is, and changes nothing. */
function withoutJudges(options: ConnectOptions): ConnectOptions {
  return { ...options, tls: { ...options.tls, onUntrusted: undefined } };
}

async function examineFtp(patient: Patient, signal: AbortSignal): Promise<AsyncIterable<Finding>> {
  const { address, dialer, times } = patient;
  const login = await ftpOptions({ address, options: withoutJudges(patient.options), dialer, signal });
  const table = login.tls === 'implicit' ? implicitTlsChecks : explicitTlsChecks;
  const limits = { eachMs: times.checkMs, allMs: times.allMs };
  return runChecks(table, ftpPatient(patient, login), { times: limits, signal });
}

async function examineSsh(patient: Patient, signal: AbortSignal): Promise<AsyncIterable<Finding>> {
  const { times } = patient;
  const limits = { eachMs: times.checkMs, allMs: times.allMs };
  return runChecks(sshChecks, await toSsh(patient), { times: limits, signal });
}

/** The SSH server first, and then the FTP server behind it. */
async function* examineTunnel(patient: Patient, signal: AbortSignal): AsyncGenerator<Finding> {
  const { address, times } = patient;
  const startedMs = performance.now();
  const ssh = await toSsh(patient);
  const limits = { eachMs: times.checkMs, allMs: times.allMs };
  yield* runChecks(tunnelChecks, ssh, { times: limits, signal });
  if (ssh.site === null) return;
  const { options } = ssh;
  const left = Math.max(1, times.allMs - Math.round(performance.now() - startedMs));
  const inner: Patient = {
    ...patient,
    // The FTP server as the SSH server sees it; what leaves this machine is encrypted already.
    host: farHost,
    port: options.ftpPort ?? defaultFtpPort,
    address: { ...address, host: farHost, port: options.ftpPort ?? defaultFtpPort, user: ssh.user },
    options: { ...options, tls: { ...options.tls, mode: options.tls?.mode ?? 'off' } },
    dialer: openTunnel(ssh.site.ssh),
    socket: null,
    times: { ...times, allMs: left },
  };
  yield* await examineFtp(inner, signal);
}

async function toSsh(patient: Patient): Promise<SshPatient> {
  const user = patient.options.user ?? patient.address.user ?? userInfo().username;
  return sshPatient({ ...patient, options: await withPassword(patient, user) }, user);
}

/** Asks for the password beforehand where there is nothing else to log in with: checks wait for nobody. */
async function withPassword({ address, options, host }: Patient, user: string): Promise<ConnectOptions> {
  const hasKey = (options.ssh?.keys?.length ?? 0) > 0 || (process.env['SSH_AUTH_SOCK'] ?? '') !== '';
  if (hasKey || options.password !== undefined || address.password !== null) return options;
  const subject = `${user}@${host}`;
  const question = { kind: 'password', text: `Password for ${subject}`, subject, echo: false } as const;
  return { ...options, password: (await askUser(options, question)) ?? undefined };
}

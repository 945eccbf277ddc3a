import type { DataWay } from '#protocols/ftp/client/host-memory.ts';
import { kindOfAddress, isInnerAddress } from '../described-addresses.ts';
import { ok, problem, skipped, warning, type Diagnosis, type Outcome } from '../finding.ts';
import { notThroughDialer } from '../network-checks.ts';
import { sameAddress } from '#protocols/ftp/wire/address.ts';
import type { ErrorCode } from '#core/errors.ts';
import { replyError } from '#protocols/ftp/client/reply-errors.ts';
import { directoryOf, workingWay, type FtpPatient } from './ftp-patient.ts';
import { quoteReply } from './session.ts';
import { isReuseRefusal } from './tls-checks.ts';
import type { DataResult } from './data-result.ts';
import { transfer } from './transfer.ts';

/** A listing by EPSV, which tells a port and no address, so that no NAT can spoil it. */
export function checkExtendedPassive(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  return checkPassive(patient, 'EPSV', signal);
}

/** A listing by PASV, which tells an address too. */
export async function checkClassicPassive(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  if (kindFamily(patient) === 6) return skipped('PASV knows only IPv4 addresses; this connection is IPv6');
  return checkPassive(patient, 'PASV', signal);
}

/** A listing in active mode: the server calls here. */
export async function checkActive(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  if (patient.dialer !== null || patient.localAddress === null) return notThroughDialer();
  const way: DataWay = kindFamily(patient) === 6 ? 'EPRT' : 'PORT';
  const result = await listBy(patient, way, signal);
  const { announced } = result;
  const told = `this side told ${way} ${announced?.address ?? ''} port ${announced?.port ?? ''}`;
  if (result.stage === 'done') return ok(`${told}; the server called back and the listing came`);
  return explain(result, activeFailures(patient, told));
}

/** Whether there is any way that a listing comes by, and whether that of the URL does. */
export async function checkListing(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  const way = workingWay(patient);
  if (way === null) {
    return problem('connection-refused', 'the login works, and no listing came by any way', {
      side: 'network',
      cause: 'no data connection comes about: FTP opens another connection for each listing and each file',
      remedy: 'see what is said of passive mode above: as a rule its ports have to be opened at the server',
    });
  }
  const directory = directoryOf(patient.address);
  if (directory !== '') {
    const result = await transfer(patient, { way, verb: 'LIST', argument: directory }, signal);
    if (result.stage !== 'done') return missingDirectory(result);
    return ok(`that of ${directory} comes by ${way}, ${countLines(result)}`);
  }
  const result = patient.ways.get(way);
  return ok(`it comes by ${way}, ${result === undefined ? '' : countLines(result)}`);
}

function countLines({ received }: DataResult): string {
  const count = (received.toString('latin1').match(/\n/g) ?? []).length;
  return `${count} line${count === 1 ? '' : 's'}`;
}

function missingDirectory({ reply, failure }: DataResult): Outcome {
  const seen =
    reply === null ? (failure ?? 'it broke off') : `the server answers LIST with ${quoteReply(reply)}`;
  const code =
    reply === null ? 'connection-lost' : replyError(reply, { verb: 'LIST', action: 'list it' }).code;
  return problem(code, seen, {
    side: 'account',
    cause: 'what the URL names is not there, or the account may not see it',
    remedy: 'check the path of the URL; a path is relative to the login directory, // makes it absolute',
  });
}

function kindFamily({ remoteAddress }: FtpPatient): 4 | 6 {
  return remoteAddress?.includes(':') === true ? 6 : 4;
}

async function listBy(patient: FtpPatient, way: DataWay, signal: AbortSignal): Promise<DataResult> {
  const result = await transfer(patient, { way, verb: 'LIST' }, signal);
  patient.ways.set(way, result);
  return result;
}

async function checkPassive(
  patient: FtpPatient,
  way: 'EPSV' | 'PASV',
  signal: AbortSignal,
): Promise<Outcome> {
  const result = await listBy(patient, way, signal);
  const { announced, stage } = result;
  const told =
    announced === null ? '' : `the server told ${announced.address ?? 'no address'} port ${announced.port}`;
  if (stage !== 'done') return explain(result, passiveFailures(patient, told, announced?.address ?? null));
  const wrong = wrongAddress(patient, announced?.address ?? null);
  if (wrong === null) return ok(`${told}, and the listing came`);
  return warning(
    `${told}; the listing came from ${patient.remoteAddress ?? patient.host}, which this program calls instead`,
    wrong,
  );
}

/** What is wrong with the address of a 227 reply; null when it is the server's own. */
function wrongAddress({ remoteAddress, dialer }: FtpPatient, announced: string | null): Diagnosis | null {
  if (announced === null || remoteAddress === null || dialer !== null) return null;
  if (sameAddress(announced, remoteAddress)) return null;
  const inner = isInnerAddress(announced) && !isInnerAddress(remoteAddress);
  return {
    side: 'server',
    cause: inner
      ? `the server announces ${announced}, an inner address (${kindOfAddress(announced)}) that cannot be reached from outside: it stands behind a NAT and does not know its public address`
      : `the server announces ${announced}, which is not the address that it was called by`,
    remedy: `at the server: announce ${remoteAddress} (wherry: --passive-address, vsftpd: pasv_address, ProFTPD: MasqueradeAddress, Pure-FTPd: ForcePassiveIP); other programs do not ignore it, and use EPSV or fail`,
  };
}

/** Why a way failed, by how far it came. */
interface Failure {
  readonly code: ErrorCode;
  readonly seen: (ending: string) => string;
  readonly diagnosis: Diagnosis;
}
type Failures = Readonly<Record<Exclude<DataResult['stage'], 'done'>, (result: DataResult) => Failure>>;

function explain(result: DataResult, failures: Failures): Outcome {
  if (result.stage === 'done') throw new TypeError('Nothing failed');
  const ending =
    result.reply === null
      ? result.failure === 'timeout'
        ? 'nothing came in the time allowed'
        : `"${result.failure ?? ''}"`
      : quoteReply(result.reply);
  if (isReuseRefusal(result)) return reuseProblem(ending);
  const { code, seen, diagnosis } = failures[result.stage](result);
  return problem(code, seen(ending), diagnosis);
}

function reuseProblem(ending: string): Outcome {
  return problem('not-trusted', `the data connection fails in TLS: ${ending}`, {
    side: 'server',
    cause:
      'the server does not take the TLS session of the data connection: it demands that the one of the control connection is resumed, or its TLS on data connections is broken',
    remedy:
      'at the server: see its log, and do not require resuming (wherry: --tls-session-reuse prefer, vsftpd: require_ssl_reuse=NO, ProFTPD: TLSOptions NoSessionReuseRequired)',
  });
}

const openRange =
  'at the server: open its whole range of passive ports in the firewall and forward it in the router, each port to the same number (wherry: --passive-ports 50000-50999)';

function passiveFailures(patient: FtpPatient, told: string, announced: string | null): Failures {
  const wrong = wrongAddress(patient, announced);
  const alsoWrong = wrong === null ? '' : `; besides, ${wrong.cause}`;
  return {
    arrange: ({ failure }) => ({
      code: failure === null ? 'not-supported' : 'protocol',
      seen: (ending) => `the server answers ${ending}`,
      diagnosis: {
        side: 'server',
        cause:
          failure === null
            ? 'the server refuses this way, or has no passive port left'
            : 'its answer names no address and port that can be read',
        remedy:
          'at the server: give it a range of passive ports that is wide enough; other ways may work, see below',
      },
    }),
    connect: ({ failure }) =>
      failure === 'timeout'
        ? {
            code: 'timeout',
            seen: () => `${told}; a connection there was not answered at all`,
            diagnosis: {
              side: 'server',
              cause: `a firewall drops the passive ports: only the control connection gets through${alsoWrong}`,
              remedy: openRange,
            },
          }
        : {
            code: 'connection-refused',
            seen: () => `${told}; a connection there was refused`,
            diagnosis: {
              side: 'server',
              cause: `a firewall or router rejects the passive ports, or does not forward them to the server${alsoWrong}`,
              remedy: openRange,
            },
          },
    ...laterFailures(told),
  };
}

function activeFailures(patient: FtpPatient, told: string): Failures {
  const { localAddress, remoteAddress } = patient;
  const natHere =
    localAddress !== null && isInnerAddress(localAddress) && !isInnerAddress(remoteAddress ?? localAddress);
  const remedy = natHere
    ? 'use passive mode (the default of this program); active mode needs a machine that can be called from outside'
    : 'use passive mode; or here: let the server connect to this machine, in the firewall of this machine and its network';
  const cause = natHere
    ? `this machine is behind a NAT: its address ${localAddress} means nothing to the server`
    : 'a firewall or NAT on this side keeps calls from outside away, or the server may not call out';
  const failure = (code: ErrorCode, words: string): Failure => ({
    code,
    seen: (ending) => `${told}; ${words}${ending}`,
    diagnosis: { side: 'here', cause, remedy },
  });
  return {
    ...laterFailures(told),
    arrange: ({ reply }) =>
      reply !== null && [500, 502].includes(reply.code) && !/illegal|address|own/i.test(reply.lines.join(' '))
        ? {
            code: 'not-supported',
            seen: (ending) => `the server answers ${ending}`,
            diagnosis: {
              side: 'server',
              cause: 'the server has active mode switched off',
              remedy: 'use passive mode',
            },
          }
        : {
            code: 'connection-refused',
            seen: (ending) => `${told}; the server answers ${ending}`,
            diagnosis: {
              side: 'here',
              cause:
                'the server sees this machine come from another address than the one it told: a NAT stands between, and active mode does not pass it',
              remedy: 'use passive mode (the default of this program)',
            },
          },
    connect: () => failure('timeout', 'no connection of the server came: '),
    begin: () => failure('connection-refused', 'the server could not call back: '),
  };
}

function laterFailures(told: string): Pick<Failures, 'begin' | 'tls' | 'data' | 'end'> {
  const failure = (cause: string, remedy: string): Failure => ({
    code: 'connection-lost',
    seen: (ending) => `${told}; the listing ended: ${ending}`,
    diagnosis: { side: 'server', cause, remedy },
  });
  return {
    begin: ({ reply }) =>
      reply?.code === 550 || reply?.code === 450
        ? {
            code: 'permission',
            seen: (ending) => `the server answers LIST with ${ending}`,
            diagnosis: {
              side: 'account',
              cause: 'the account may not list the directory that it starts in, or that is not there',
              remedy: 'at the server: see the home directory of the account and its rights',
            },
          }
        : failure(
            'the server refuses the data connection, though it can be reached: it may see it come from another address',
            'at the server: see its log; a NAT with several addresses, or a proxy, makes data come from elsewhere',
          ),
    tls: () => failure('TLS does not come about on the data connection', 'at the server: see its log'),
    data: () =>
      failure(
        'the data connection opens and then nothing moves, or it breaks: something between looks into FTP, or cuts large packets',
        'switch "FTP helpers" (ALG) of routers off; a smaller MTU shows whether large packets get lost',
      ),
    end: () => failure('the server broke the listing off', 'at the server: see its log for why'),
  };
}

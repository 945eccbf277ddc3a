import { randomBytes } from 'node:crypto';
import type { ErrorCode } from '#core/errors.ts';
import { replyError } from '#protocols/ftp/client/reply-errors.ts';
import type { Reply } from '#protocols/ftp/wire/reply.ts';
import { clockOutcome } from '../clock.ts';
import { ok, problem, skipped, warning, type Diagnosis, type Outcome } from '../finding.ts';
import { directoryOf, workingWay, type FtpPatient } from './ftp-patient.ts';
import { controlOf, quoteReply } from './session.ts';
import { transfer } from './transfer.ts';

const payload = Buffer.from('Written by wherry doctor; it may be removed.\n');

/** The name of the file that a check writes: nothing of that name is there by chance. */
function scratchName(): string {
  return `.wherry-doctor-${randomBytes(6).toString('hex')}`;
}

/** Writes a small file into the directory of the URL, looks at its time, and removes it. */
export async function checkWrite(patient: FtpPatient, signal: AbortSignal): Promise<Outcome> {
  if (!patient.mayWrite) return skipped('not allowed; --write tries it with a small file');
  const way = workingWay(patient);
  if (way === null) return skipped('no data connection works');
  const directory = directoryOf(patient.address);
  const name = directory === '' ? scratchName() : `${directory.replace(/\/$/, '')}/${scratchName()}`;
  const startedMs = Date.now();
  const result = await transfer(patient, { way, verb: 'STOR', argument: name, payload }, signal);
  const link = await controlOf(patient, signal);
  if (result.stage !== 'done') {
    await link.command('DELE', name).catch(() => undefined);
    return writeRefusal(result.reply, result.failure);
  }
  const time = patient.features.has('MDTM') ? await link.command('MDTM', name) : null;
  patient.clock = time === null || time.code !== 213 ? null : { startedMs, fileMs: parseTime(time) };
  const removed = await link.command('DELE', name);
  if (removed.code < 300) return ok('a small file was written and removed again');
  return warning(`a small file was written, and its removal is answered with ${quoteReply(removed)}`, {
    side: 'account',
    cause: 'the account may write and not delete',
    remedy: `nothing has to be done if that is meant; the file ${name} stays there`,
  });
}

function parseTime({ lines }: Reply): number | null {
  const match = /(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(lines.join(' '));
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** What refusals of an upload mean, by the neutral code of the server's number and words. */
const refusals: Readonly<Partial<Record<ErrorCode, Diagnosis>>> = {
  permission: {
    side: 'account',
    cause: 'the account may not write in this directory',
    remedy:
      'name another directory in the URL; at the server: give the account the right to upload there ("wherry access explain USER PATH"), and the server program the right on its disk',
  },
  'read-only': {
    side: 'server',
    cause: 'the server, or this part of it, is read-only',
    remedy: 'at the server: start it without --read-only, or mount the disk for writing',
  },
  quota: {
    side: 'account',
    cause: 'the space that the account may use is full',
    remedy: 'remove files; at the server: raise the quota of the account',
  },
  'no-space': { side: 'server', cause: 'the disk of the server is full', remedy: 'at the server: make room' },
  'name-invalid': {
    side: 'server',
    cause: 'the server does not take this name: some refuse names that begin with a dot',
    remedy: 'nothing has to be done if other names work; at the server: see its rules for names',
  },
  'not-found': {
    side: 'account',
    cause: 'the directory of the URL is not there',
    remedy: 'check the path of the URL; a path is relative to the login directory, // makes it absolute',
  },
};

const anyRefusal: Diagnosis = {
  side: 'server',
  cause: 'the upload broke off',
  remedy: 'at the server: see its log for why',
};

/** What it means that an upload was refused. */
function writeRefusal(reply: Reply | null, failure: string | null): Outcome {
  if (reply === null) return problem('connection-lost', `the upload broke off: ${failure ?? ''}`, anyRefusal);
  const { code } = replyError(reply, { verb: 'STOR', action: 'write a file' });
  return problem(code, `the server answers STOR with ${quoteReply(reply)}`, refusals[code] ?? anyRefusal);
}

/** Compares clocks by the time of the file that was written. */
export function checkClock({ clock, mayWrite }: FtpPatient): Promise<Outcome> {
  if (!mayWrite)
    return Promise.resolve(skipped('FTP tells its clock only by a file that is written; --write does that'));
  if (clock === null || clock.fileMs === null)
    return Promise.resolve(skipped('no file was written whose exact time the server tells (MDTM)'));
  return Promise.resolve(clockOutcome(clock.fileMs, clock.startedMs));
}

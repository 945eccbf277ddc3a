import { randomBytes } from 'node:crypto';
import type { Connection } from '#core/connection.ts';
import { toWherryError, WherryError, type ErrorCode } from '#core/errors.ts';
import { pathAt } from '../connect/connect.ts';
import { RemoteConnection } from '../remote/remote-connection.ts';
import { clockOutcome } from './clock.ts';
import { ok, problem, skipped, warning, type Diagnosis, type Outcome } from './finding.ts';
import type { Patient } from './patient.ts';

/** A server that files were reached on by the same verbs as everywhere in this program. */
export interface RemotePatient extends Patient {
  connection: Connection | null;
  /** The time of a file that was written, by the server's clock and by the one here; null while none was. */
  clockMs: { readonly file: number; readonly here: number } | null;
}

function placeOf({ connection, address }: RemotePatient): RemoteConnection {
  if (connection === null) throw new WherryError('closed', 'There is no connection');
  return new RemoteConnection(connection, { directory: pathAt(connection, address), retries: 0 });
}

/** Entries counted at most: enough to see that a listing comes. */
const countedEntries = 1000;

/** What refusals mean, by their neutral code. */
const refusals: Readonly<Partial<Record<ErrorCode, Diagnosis>>> = {
  permission: {
    side: 'account',
    cause: 'the account may not do this in this directory',
    remedy:
      'name another directory in the URL; at the server: give the account the right ("wherry access explain USER PATH"), and the server program the right on its disk',
  },
  'read-only': {
    side: 'server',
    cause: 'the server, or this part of it, is read-only',
    remedy: 'at the server: start it without --read-only',
  },
  'not-found': {
    side: 'account',
    cause: 'what the URL names is not there',
    remedy: 'check the path of the URL; a path is relative to the login directory, // makes it absolute',
  },
  quota: {
    side: 'account',
    cause: 'the space that the account may use is full',
    remedy: 'remove files; at the server: raise the quota',
  },
  'no-space': { side: 'server', cause: 'the disk of the server is full', remedy: 'at the server: make room' },
};

const anyRefusal: Diagnosis = {
  side: 'server',
  cause: 'the server refuses it or broke off',
  remedy: 'at the server: see its log for why',
};

function refused(thrown: unknown, action: string): Outcome {
  const { code, message } = toWherryError(thrown, action);
  return problem(code, message, refusals[code] ?? anyRefusal);
}

/** Lists the directory of the URL, or looks at the file that it names. */
export async function checkRemoteListing(patient: RemotePatient, signal: AbortSignal): Promise<Outcome> {
  const place = placeOf(patient);
  try {
    let count = 0;
    for await (const entry of place.list('.', { signal })) {
      void entry;
      count += 1;
      if (count >= countedEntries) return ok(`it comes, with ${count} entries or more`);
    }
    return ok(`it comes, with ${count} ${count === 1 ? 'entry' : 'entries'}`);
  } catch (thrown) {
    return refused(thrown, 'list the directory');
  }
}

/** Writes a small file into the directory of the URL and removes it again. */
export async function checkRemoteWrite(patient: RemotePatient, signal: AbortSignal): Promise<Outcome> {
  if (!patient.mayWrite) return skipped('not allowed; --write tries it with a small file');
  const place = placeOf(patient);
  const name = `.wherry-doctor-${randomBytes(6).toString('hex')}`;
  const here = Date.now();
  try {
    await place.write(name, 'Written by wherry doctor; it may be removed.\n', { signal });
    const { modifiedAt } = await place.stat(name, { signal });
    patient.clockMs = modifiedAt === null ? null : { file: modifiedAt, here };
  } catch (thrown) {
    await place.remove(name, { signal }).catch(() => undefined);
    return refused(thrown, 'write a file');
  }
  try {
    await place.remove(name, { signal });
    return ok('a small file was written and removed again');
  } catch (thrown) {
    return warning(
      `a small file was written and not removed: ${toWherryError(thrown, 'remove it').message}`,
      {
        side: 'account',
        cause: 'the account may write and not delete',
        remedy: `nothing has to be done if that is meant; the file ${name} stays there`,
      },
    );
  }
}

/** Compares clocks by the time of the file that was written. */
export function checkRemoteClock({ clockMs, mayWrite }: RemotePatient): Promise<Outcome> {
  if (!mayWrite)
    return Promise.resolve(skipped('the clock shows by a file that is written; --write does that'));
  if (clockMs === null) return Promise.resolve(skipped('the server told no time'));
  return Promise.resolve(clockOutcome(clockMs.file, clockMs.here));
}

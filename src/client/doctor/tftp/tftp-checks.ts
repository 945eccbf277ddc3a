import { randomBytes } from 'node:crypto';
import { toWherryError } from '#core/errors.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { TftpFileSystem } from '#protocols/tftp/client/tftp-file-system.ts';
import { formatPlace } from '../described-addresses.ts';
import { ok, problem, warning, type Outcome } from '../finding.ts';
import { resolveName } from '../network-checks.ts';
import type { Patient } from '../patient.ts';
import type { Check } from '../run-checks.ts';

/** Whether somebody answers there at all, and from which file on. */
export const tftpChecks: readonly Check<Patient>[] = [
  { id: 'name', title: 'name of the server', needs: [], run: resolveName },
  { id: 'answer', title: 'answer', needs: ['name'], run: (patient, signal) => ask(patient, false, signal) },
  { id: 'options', title: 'options', needs: ['answer'], run: checkOptions },
];

/** A request for a file, which stands for itself, or for one that surely is not there. */
async function ask(patient: Patient, withoutOptions: boolean, signal: AbortSignal): Promise<Outcome> {
  const { address, host, port, options, times } = patient;
  const { path } = address;
  const name = path === '' || path.endsWith('/') ? `wherry-doctor-${randomBytes(6).toString('hex')}` : path;
  const timed = AbortSignal.any([signal, AbortSignal.timeout(times.replyMs)]);
  const fileSystem = new TftpFileSystem({
    host: patient.addresses[0] ?? host,
    port,
    family: options.family,
    absoluteNames: address.isAbsolute,
    withoutOptions,
  });
  try {
    const download = await fileSystem.openRead(resolveVirtualPath(rootPath, name), { signal: timed });
    const { size } = download.entry;
    download.close();
    return ok(`${formatPlace(host, port)} sends ${name}${size === null ? '' : `, ${size} octets`}`);
  } catch (thrown) {
    const error = toWherryError(thrown, 'read a file');
    if (timed.aborted || error.code === 'timeout') return silent(host, port);
    const asked = name === path;
    if (error.code === 'not-found' && !asked)
      return ok(`${formatPlace(host, port)} answers that there is no such file, as was to be expected`);
    return asked
      ? refusedFile(error.code, error.message)
      : ok(`${formatPlace(host, port)} answers: ${error.message}`);
  }
}

function silent(host: string, port: number): Outcome {
  return problem('timeout', `${formatPlace(host, port)} (UDP) does not answer`, {
    side: 'network',
    cause:
      'no TFTP server listens there, or a firewall drops its answers: they come from another port than the one that was asked',
    remedy:
      'at the server: see that it runs and that UDP is let through; here and on the way: let UDP answers from any port of the server in, or switch the TFTP helper of the NAT on. SFTP has no such trouble',
  });
}

function refusedFile(code: 'not-found' | 'permission' | (string & {}), message: string): Outcome {
  return problem(code === 'not-found' ? 'not-found' : 'permission', message, {
    side: 'server',
    cause:
      code === 'not-found'
        ? 'the server answers and has no file of this name; capital letters count'
        : 'the server answers and does not give this file away: many give only what everybody may read',
    remedy:
      'check the name; some servers want the whole path (tftp://HOST//path); at the server: see the mode of the file',
  });
}

/** Whether options (RFC 2347) make trouble: some firewalls and old servers choke on them. */
async function checkOptions(patient: Patient, signal: AbortSignal): Promise<Outcome> {
  const plain = await ask(patient, true, signal);
  if (plain.verdict === 'ok') return ok('requests with and without options are answered');
  return warning(`a request without options is not answered as one with them: ${plain.seen}`, {
    side: 'server',
    cause: 'the server treats requests with and without options differently',
    remedy: 'nothing has to be done for this program, which uses options',
  });
}

import { WherryError } from '#core/errors.ts';

/** Protocols whose sockets systemd may hand over. */
const protocols = ['ftp', 'ftps', 'sftp', 'http'] as const;
type ActivatedProtocol = (typeof protocols)[number];

/** Descriptors that listen, by protocol. */
export type ActivatedSockets = Readonly<Partial<Record<ActivatedProtocol, number>>>;

/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const firstDescriptor = 3;
const mostDescriptors = 16;

/**
 * The sockets that systemd has handed over: `LISTEN_FDS` of them, named by `FileDescriptorName=` of each socket unit.
 * Takes the variables out of the environment, so that no child believes that they are meant for it.
 *
 * @throws WherryError `invalid-argument` for sockets that are not named for a protocol
 */
export function takeActivatedSockets(
  environment: Record<string, string | undefined> = process.env,
  processId: number = process.pid,
): ActivatedSockets {
  const { LISTEN_FDS: count, LISTEN_PID: owner, LISTEN_FDNAMES: named = '' } = environment;
  if (count === undefined || owner !== String(processId)) return {};
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES'])
    Reflect.deleteProperty(environment, name);
  const number = /^\d{1,2}$/u.test(count) ? Number(count) : 0;
  if (number > mostDescriptors) throw unknownSocket(`${number} sockets`);
  const names = named.split(':');
  const sockets: Partial<Record<ActivatedProtocol, number>> = {};
  for (let index = 0; index < number; index += 1) {
    const name = names[index] ?? '';
    const protocol = protocols.find((candidate) => candidate === name);
    if (protocol === undefined) throw unknownSocket(`a socket named "${name}"`);
    sockets[protocol] = firstDescriptor + index;
  }
  return sockets;
}

function unknownSocket(what: string): WherryError {
  const remedy = `each needs FileDescriptorName= with one of ${protocols.join(', ')}`;
  return new WherryError('invalid-argument', `Cannot use what systemd hands over, ${what}: ${remedy}`);
}

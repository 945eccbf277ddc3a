import type { EventListener, EventOf, ProtocolName } from '#engine/events.ts';
import type { LogSink } from './human-log.ts';

/** The events that the transfer log tells of. */
export const xferlogEvents = ['transfer-finished', 'file-changed'] as const;

/**
 * Writes finished transfers, broken ones too, and deletes as lines of the transfer log of wu-ftpd (xferlog(5)), for
 * the tools that read it; the fields are those of ProFTPD, which added deletes. Times are local, as its readers expect.
 */
export function xferlog(sink: LogSink): EventListener {
  return (event) => {
    if (event.event === 'transfer-finished' && event.direction !== 'listing') sink.write(transferLine(event));
    if (event.event === 'file-changed' && event.action === 'delete') sink.write(deleteLine(event));
  };
}

const services: Readonly<Record<ProtocolName, string>> = {
  ftp: 'ftp',
  ftps: 'ftps',
  sftp: 'sftp',
  scp: 'scp',
  tftp: 'tftp',
  http: 'http',
};

function transferLine(event: EventOf<'transfer-finished'>): string {
  return line(event, {
    seconds: Math.max(1, Math.round(event.durationMs / 1000)),
    bytes: event.bytes,
    type: event.text === true ? 'a' : 'b',
    direction: event.direction === 'upload' ? 'i' : 'o',
    status: event.result === 'completed' ? 'c' : 'i',
  });
}

function deleteLine(event: EventOf<'file-changed'>): string {
  return line(event, { seconds: 1, bytes: 0, type: 'b', direction: 'd', status: 'c' });
}

function line(
  { remoteAddress, path, account, protocol }: EventOf<'transfer-finished'> | EventOf<'file-changed'>,
  rest: {
    readonly seconds: number;
    readonly bytes: number;
    readonly type: 'a' | 'b';
    readonly direction: 'i' | 'o' | 'd';
    readonly status: 'c' | 'i';
  },
): string {
  const { seconds, bytes, type, direction, status } = rest;
  const anonymous = account === 'anonymous' || account === 'ftp' || account === 'tftp';
  const fields = [
    currentTime(),
    seconds,
    remoteAddress,
    bytes,
    word(path),
    type,
    '_',
    direction,
    anonymous ? 'a' : 'r',
    word(account ?? '-'),
    services[protocol],
    '0',
    '*',
    status,
  ];
  return `${fields.join(' ')}\n`;
}

/** A field ends with a blank, so names have none. */
function word(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return text.replaceAll(/[\s\u0000-\u001f\u007f]/gu, '_');
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** As ctime(3) writes it: `Sat Nov 21 12:24:16 2026`. */
function currentTime(): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':');
  const day = String(now.getDate()).padStart(2, ' ');
  return `${days[now.getDay()] ?? ''} ${months[now.getMonth()] ?? ''} ${day} ${clock} ${now.getFullYear()}`;
}

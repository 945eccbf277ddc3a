import { styleText } from 'node:util';
import { printableName } from '#core/name-encoding.ts';
import type {
  EventListener,
  EventName,
  EventOf,
  ProtocolName,
  ServerEvent,
  SessionFacts,
} from '#engine/events.ts';

/** Takes finished lines of the log. */
export interface LogSink {
  write(text: string): void;
}

type Style = Parameters<typeof styleText>[0];

interface Line {
  readonly style: Style;
  readonly text: string;
}

type Formatter<Name extends EventName> = (event: EventOf<Name>) => Line;

const plain = (text: string): Line => ({ style: 'reset', text });
const dim = (text: string): Line => ({ style: 'dim', text });
const good = (text: string): Line => ({ style: 'green', text });
const bad = (text: string): Line => ({ style: 'red', text });

/** What is negotiated where it is not TLS. */
const negotiatedTitles: Readonly<Partial<Record<ProtocolName, string>>> = {
  sftp: 'SSH',
  scp: 'SSH',
  tftp: 'Options',
};

const formatters: { readonly [Name in EventName]: Formatter<Name> } = {
  ready: ({ listeners }) =>
    plain(
      `Listening: ${listeners.map(({ protocol, host, port }) => `${protocol} ${bracket(host)}:${port}`).join(', ')}`,
    ),
  stopping: ({ reason, sessions }) => plain(`Stopping: ${reason}; ${sessions} sessions are open`),
  stopped: () => plain('Stopped'),
  warning: ({ message }) => ({ style: 'yellow', text: `Warning: ${message}` }),
  'session-opened': ({ remoteAddress, remotePort }) =>
    plain(`Connected from ${bracket(remoteAddress)}:${remotePort}`),
  'session-closed': ({ reason, durationMs }) => plain(`Disconnected after ${seconds(durationMs)}: ${reason}`),
  'session-refused': ({ protocol, remoteAddress, reason }) =>
    bad(`Refused ${protocol} from ${remoteAddress}: ${reason}`),
  negotiated: ({ protocol, channel, description }) => {
    const what = negotiatedTitles[protocol] ?? (channel === 'data' ? 'Data connection TLS' : 'TLS');
    return dim(`${what}: ${description}`);
  },
  'login-accepted': ({ method }) => good(`Logged in by ${method}`),
  'login-refused': ({ user, method, reason }) => bad(`Login of ${user} by ${method} refused: ${reason}`),
  command: ({ text }) => ({ style: 'cyan', text: `> ${text}` }),
  reply: ({ text }) => (text.startsWith('4') || text.startsWith('5') ? bad(`< ${text}`) : plain(`< ${text}`)),
  'transfer-started': ({ direction, path }) => dim(`Begins ${direction} of ${path}`),
  'transfer-finished': ({ direction, path, bytes, durationMs, result, reason, sha256 }) => {
    const digest = sha256 === null ? '' : `, SHA-256 ${sha256}`;
    const amount = `${bytes} bytes in ${seconds(durationMs)}${digest}`;
    return result === 'completed'
      ? good(`Completed ${direction} of ${path}: ${amount}`)
      : bad(`Broken ${direction} of ${path} after ${amount}: ${reason ?? result}`);
  },
  'file-changed': ({ action, path, other }) =>
    plain(`${action} ${path}${other === null ? '' : ` (${other})`}`),
  'change-begun': ({ action, path }) => dim(`About to ${action} ${path}`),
  'change-failed': ({ action, path }) => dim(`No ${action} of ${path}`),
  'ban-added': ({ network, reason, source, expiresAt }) => {
    const end = expiresAt === null ? 'for ever' : `until ${new Date(expiresAt).toISOString()}`;
    return bad(`Banned ${network} ${end} (${source}): ${reason}`);
  },
  'ban-removed': ({ network }) => plain(`The ban of ${network} has ended`),
  administration: ({ actor, action, target, outcome, detail }) => {
    const line = `${actor}: ${action} ${target} ${outcome}${detail === null ? '' : ` (${detail})`}`;
    return outcome === 'completed' ? plain(line) : bad(line);
  },
  denied: ({ action, path, rule }) => bad(`Denied ${action} of ${path}: ${rule}`),
};

/** The names of all events. */
export const eventNames = Object.keys(formatters) as readonly EventName[];

/**
 * Writes events as lines that a person can follow, as the window of FileZilla Server shows a session: when, which
 * session, who and from where, and what was said. Control characters never reach the terminal.
 */
export function humanLog(sink: LogSink, options: { readonly colors: boolean }): EventListener {
  return (event) => {
    const { style, text } = format(event);
    const who = 'session' in event ? describeSession(event) : '';
    const line = `${who}${printableName(text)}`;
    sink.write(
      `${timestamp()}  ${options.colors ? styleText(style, line, { validateStream: false }) : line}\n`,
    );
  };
}

function format<Name extends EventName>(event: EventOf<Name> | ServerEvent): Line {
  const formatter = formatters[event.event] as (event: ServerEvent) => Line;
  return formatter(event as ServerEvent);
}

function describeSession({ session, protocol, remoteAddress, account }: SessionFacts): string {
  return `#${session} ${protocol} ${remoteAddress} ${printableName(account ?? '(not logged in)')}  `;
}

function bracket(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(durationMs < 10_000 ? 2 : 0)} s`;
}

/** Local time to the millisecond, as the clock on the wall shows it. */
function timestamp(): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace('T', ' ');
}

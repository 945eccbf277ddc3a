import { execFile } from 'node:child_process';

/** Tells the service manager how the server does (sd_notify(3)). */
export interface ServiceNotifier {
  ready(): void;
  stopping(): void;
  /** Ends the watchdog's heartbeat. */
  close(): void;
}

const silent: ServiceNotifier = {
  ready: () => undefined,
  stopping: () => undefined,
  close: () => undefined,
};

/** Twice within the time that systemd gives, as sd_watchdog_enabled(3) advises. */
const heartbeatsPerTimeout = 2;

/**
 * Speaks to systemd where it has asked for it. Node has no datagrams over sockets of the file system, so systemd's own
 * `systemd-notify` carries the words; the unit says `NotifyAccess=all` for that. The heartbeat comes from the event
 * loop, so a server that hangs is started anew.
 *
 * @param onProblem hears once when the program cannot be run
 */
export function serviceNotifier(
  onProblem: (message: string) => void,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServiceNotifier {
  if (environment['NOTIFY_SOCKET'] === undefined) return silent;
  let told = false;
  const say = (...words: readonly string[]): void => {
    execFile('systemd-notify', words, (error) => {
      if (error === null || told) return;
      told = true;
      onProblem(`Cannot tell systemd how it goes: systemd-notify says ${error.message}`);
    });
  };
  const timeoutMs = watchdogMs(environment);
  let timer: NodeJS.Timeout | null = null;
  return {
    ready() {
      say('READY=1');
      if (timeoutMs !== null) timer = setInterval(() => say('WATCHDOG=1'), timeoutMs / heartbeatsPerTimeout);
    },
    stopping() {
      say('STOPPING=1');
    },
    close() {
      if (timer !== null) clearInterval(timer);
    },
  };
}

function watchdogMs(environment: Readonly<Record<string, string | undefined>>): number | null {
  const { WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: owner } = environment;
  if (!/^\d{4,15}$/u.test(microseconds)) return null;
  return owner === undefined || owner === String(process.pid) ? Number(microseconds) / 1000 : null;
}

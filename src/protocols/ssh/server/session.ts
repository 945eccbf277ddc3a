import { decodeName } from '#core/name-encoding.ts';
import type { ChannelRequest, SshChannel } from '../channels/channel.ts';
import type { SessionProgram, SessionRequest } from './server-options.ts';

const failureStatus = 255;

/** What a session channel may ask for, by the name of the request; everything else is refused. */
const requestReaders: Readonly<Record<string, (request: ChannelRequest) => SessionRequest>> = {
  subsystem: ({ fields }) => ({ kind: 'subsystem', name: fields.text() }),
  exec: ({ fields }) => ({ kind: 'exec', command: decodeName(fields.string()) }),
};

/** What a session needs of its connection. */
export interface SessionContext {
  readonly maximumRequests: number;
  /** What runs whatever is asked for, by a certificate's `force-command`; null for the client's choice. */
  readonly forced: SessionRequest | null;
  open(request: SessionRequest): SessionProgram | null;
}

/** Waits on a session channel for the request that starts a program, and runs one (RFC 4254 section 6). */
export function serveSession(channel: SshChannel, context: SessionContext): void {
  let requests = 0;
  let started = false;
  channel.events = {
    onRequest(request) {
      // PuTTY goes on asking for as long as it transfers (winadj@putty.projects.tartarus.org) and counts the refusals.
      if (started) return false;
      requests += 1;
      if (requests > context.maximumRequests) {
        channel.destroy();
        return false;
      }
      const asked = Object.hasOwn(requestReaders, request.name)
        ? requestReaders[request.name]?.(request)
        : undefined;
      if (asked === undefined) return false;
      const program = context.open(context.forced ?? asked);
      if (program === null) return false;
      started = true;
      // The program's first words come behind the answer to the request.
      queueMicrotask(() => void run(channel, program));
      return true;
    },
  };
}

async function run(channel: SshChannel, program: SessionProgram): Promise<void> {
  try {
    channel.exit(await program(channel));
  } catch {
    channel.exit(failureStatus);
  }
}

/** The request that a certificate's `force-command` stands for. */
export function forcedRequest(command: string | null): SessionRequest | null {
  if (command === null) return null;
  const isSftp = /^(?:internal-sftp|\S*\/sftp-server)(?:\s|$)/.test(command);
  return isSftp ? { kind: 'subsystem', name: 'sftp' } : { kind: 'exec', command };
}

import { toWherryError } from '#core/errors.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { AskedSession } from '#protocols/ssh/client/client-connection.ts';
import { openSshSite, type SshSite } from '#protocols/ssh/client/open-site.ts';
import { stoppedError } from '#protocols/ssh/client/stopped.ts';
import { packetType, protocolVersion } from '../wire/packet-types.ts';
import { extendedAnswer, nameAnswer, wirePath } from './answers.ts';
import { FlightBudget } from './flight.ts';
import { defaultSftpClientLimits, type SftpClientLimits } from './limits.ts';
import type { SftpClientOptions } from './options.ts';
import type { SftpSession } from './remote-file.ts';
import { RequestChannel } from './request-channel.ts';
import { readVersion, ServerFeatures } from './server-features.ts';
import { SftpConnection } from './sftp-connection.ts';

/** Files side by side: with the four round trips that a small one takes, 100 ms away, that makes 300 a second. */
const parallelTransfers = 128;
/** Handles that stay free for listings and whatever else is done beside transfers. */
const spareHandles = 16;

/** Servers that understand the question about limits, or at least that it is one, before they have announced it. */
const serversWithLimits = /openssh|wherry/i;

/** What `limits@openssh.com` tells; 0 is no limit that is told. */
interface ServerLimits {
  readonly packet: number;
  readonly read: number;
  readonly write: number;
  readonly handles: number;
}

const noLimits: ServerLimits = { packet: 0, read: 0, write: 0, handles: 0 };

/**
 * Connects to a server, logs in and starts SFTP there.
 *
 * @throws WherryError `connection-refused`, `timeout`, `aborted`, `login-refused`, `not-trusted`, `not-supported` (no
 *   SFTP there), `connection-lost`, `protocol`, `integrity`
 */
export async function connectSftp(options: SftpClientOptions): Promise<SftpConnection> {
  const site = await openSshSite(options);
  const { signal } = options;
  const stop = (): void => {
    site.ssh.close();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted === true) throw stoppedError(signal, 'start SFTP');
    const asked = await site.ssh.askForSubsystem('sftp');
    return await startSession(site, asked, options);
  } catch (thrown) {
    site.ssh.close();
    throw signal?.aborted === true ? stoppedError(signal, 'start SFTP') : toWherryError(thrown, 'start SFTP');
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function startSession(
  site: SshSite,
  { channel, started }: AskedSession,
  options: SftpClientOptions,
): Promise<SftpConnection> {
  const limits: SftpClientLimits = { ...defaultSftpClientLimits, ...options.limits };
  const requests = new RequestChannel(channel, limits);
  const say = (words: string): void => {
    options.onConversation?.({ kind: 'command', text: words });
  };
  // Each behind the other without waiting for answers: a server takes one message after the other.
  const greeting = requests.greet(protocolVersion, readVersion);
  const finding = findHome(requests);
  const knowsLimits = serversWithLimits.test(site.software);
  const early = knowsLimits ? askLimits(requests) : null;
  // The first of them to fail is told; the others fail for the same reason.
  for (const other of [greeting, finding, early]) other?.catch(() => undefined);
  await started;
  const extensions = await greeting;
  options.onConversation?.({
    kind: 'reply',
    text: `SFTP version ${protocolVersion}; ${Array.from(extensions.keys()).join(', ') || 'no extensions'}`,
  });
  const features = new ServerFeatures(extensions, site.software);
  const asksNow = early === null && features.has('limits@openssh.com');
  const [home, server] = await Promise.all([finding, early ?? (asksNow ? askLimits(requests) : noLimits)]);
  const session: SftpSession = {
    requests,
    features,
    say,
    route: {
      budget: new FlightBudget(limits.flightBudget),
      firstFlight: limits.firstFlight,
      flightPerMs: limits.flightPerMs,
      largestFlight: limits.largestFlight,
      roundTripMs: () => requests.roundTripMs,
    },
    transferLengths: {
      read: transferLength(server.read, limits),
      write: transferLength(server.write, limits),
    },
  };
  const { host, port, user, software, security } = site;
  return new SftpConnection({
    ssh: site.ssh,
    session,
    facts: { protocol: 'sftp', host, port, user, software, security },
    home,
    parallelTransfers:
      server.handles === 0
        ? parallelTransfers
        : Math.max(1, Math.min(parallelTransfers, server.handles - spareHandles)),
    uploadInPlace: options.uploadInPlace ?? false,
  });
}

function transferLength(told: number, limits: SftpClientLimits): number {
  return told === 0 ? limits.assumedTransferLength : Math.min(told, limits.transferLength);
}

async function findHome(requests: RequestChannel): Promise<VirtualPath> {
  const answer = await requests.ask(
    { type: packetType.realpath, fields: (writer) => writer.string(wirePath('.')) },
    nameAnswer({ action: 'find the home directory' }),
  );
  return resolveVirtualPath(rootPath, answer);
}

async function askLimits(requests: RequestChannel): Promise<ServerLimits> {
  try {
    return await requests.ask(
      { type: packetType.extended, fields: (writer) => writer.string('limits@openssh.com') },
      extendedAnswer({ action: 'ask for limits' }, (reader) => ({
        packet: reader.uint64(),
        read: reader.uint64(),
        write: reader.uint64(),
        handles: reader.uint64(),
      })),
    );
  } catch {
    return noLimits;
  }
}

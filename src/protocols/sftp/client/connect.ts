import { toWherryError } from '#core/errors.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import { openSshSite, type SshSite } from '#protocols/ssh/client/open-site.ts';
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
    site.ssh.close(toWherryError(signal?.reason, 'start SFTP'));
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    const channel = await site.ssh.openSubsystem('sftp');
    return await startSession(site, channel, options);
  } catch (thrown) {
    site.ssh.close();
    throw toWherryError(signal?.aborted === true ? signal.reason : thrown, 'start SFTP');
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function startSession(
  site: SshSite,
  channel: SshChannel,
  options: SftpClientOptions,
): Promise<SftpConnection> {
  const limits: SftpClientLimits = { ...defaultSftpClientLimits, ...options.limits };
  const requests = new RequestChannel(channel, limits);
  const say = (words: string): void => {
    options.onConversation?.({ kind: 'command', text: words });
  };
  const extensions = await requests.greet(protocolVersion, readVersion);
  options.onConversation?.({
    kind: 'reply',
    text: `SFTP version ${protocolVersion}; ${Array.from(extensions.keys()).join(', ') || 'no extensions'}`,
  });
  const features = new ServerFeatures(extensions, site.software);
  const [home, server] = await Promise.all([findHome(requests), askLimits(requests, features)]);
  const session: SftpSession = {
    requests,
    features,
    say,
    route: {
      budget: new FlightBudget(limits.flightBudget),
      firstFlight: limits.firstFlight,
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

async function askLimits(requests: RequestChannel, features: ServerFeatures): Promise<ServerLimits> {
  if (!features.has('limits@openssh.com')) return noLimits;
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

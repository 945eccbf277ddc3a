import { WherryError } from '#core/errors.ts';
import { ControlLink } from './control/control-link.ts';
import { Conversation } from './control/conversation.ts';
import { codecFor } from './control/legacy-charset.ts';
import { utf8Codec } from './control/text-codec.ts';
import { openControl } from './control/open-control.ts';
import { FtpConnection } from './ftp-connection.ts';
import { memoryOf, type HostMemory } from './host-memory.ts';
import { logIn, type LoggedIn } from './login.ts';
import {
  defaultFtpClientTimes,
  type FtpClientOptions,
  type FtpClientTimes,
  type PipeliningDepth,
} from './options.ts';
import { replyError } from './reply-errors.ts';
import { pipeliningByGreeting, type ServerProfile } from './server-profile.ts';
import type { FtpSession } from './session.ts';
import { makeTlsClient } from './tls/make-tls-client.ts';
import type { TlsClient } from './tls/tls-client.ts';

/** What stays the same however often one client connects to a server. */
interface Site {
  readonly options: FtpClientOptions;
  readonly port: number;
  readonly times: FtpClientTimes;
  readonly memory: HostMemory;
  readonly conversation: Conversation;
}

/**
 * Connects to an FTP server and logs in.
 *
 * @throws WherryError `connection-refused`, `timeout`, `not-trusted`, `login-refused`, `too-many`, `unavailable`,
 * `protocol`, `aborted`
 */
export async function connectFtp(options: FtpClientOptions): Promise<FtpConnection> {
  const { host, tls: mode = 'auto', port = mode === 'implicit' ? 990 : 21 } = options;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new WherryError('invalid-argument', 'A port is a number from 1 to 65535');
  }
  const times = timesOf(options);
  const memory = memoryOf(host, port);
  const conversation = new Conversation(options.onConversation);
  const site = { options, port, times, memory, conversation };
  const { home, ...entered } = await enter(site);
  const session: FtpSession = {
    ...site,
    ...entered,
    failedWays: new Set(),
    leaveBehind: async () => {
      await session.link.moveTo(async () => {
        const again = await enter({ ...site, options: { ...options, signal: session.link.lost } });
        session.tls = again.tls;
        session.remoteAddress = again.remoteAddress;
        session.localAddress = again.localAddress;
        return again.link.detach();
      });
    },
  };
  memory.pipelining ??= session.profile.pipelining;
  return new FtpConnection(session, home);
}

type Entered = LoggedIn & Pick<FtpSession, 'link' | 'remoteAddress' | 'localAddress'>;

/** From nothing to a connection that is logged in. */
async function enter(site: Site): Promise<Entered> {
  const { options, port, times, memory, conversation } = site;
  const { host, tls: mode, tlsOptions = {} } = options;
  const codec = options.charset === undefined ? utf8Codec : codecFor(options.charset);
  conversation.status(`Connecting to ${host} port ${port}`);
  const { transport: opened, ...addresses } = await openControl(options, port, times);
  let transport = opened;
  let tls: TlsClient | null = null;
  if (mode === 'implicit') {
    tls = await makeTlsClient(host, tlsOptions);
    transport = await tls.secureControl(transport, {
      timeoutMs: times.tlsHandshakeMs,
      signal: options.signal,
    });
    conversation.status(`TLS: ${tls.description ?? ''}`);
  }
  const link = new ControlLink(transport, {
    onConfusion: () => {
      memory.pipelining = 'none';
    },
    conversation,
    replyTimeoutMs: times.replyMs,
    telnetEscapes: options.telnetEscapes ?? true,
  });
  link.codec = codec;
  const stop = (): void => link.fail(new WherryError('aborted', 'The attempt to connect was stopped'));
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const greeting = await link.greeting(times.greetingMs);
    if (greeting.code >= 300) throw replyError(greeting, { verb: '', action: 'connect' });
    const depthFor = (profile: ServerProfile): PipeliningDepth => depthOf(options, memory, profile);
    const context = {
      link,
      options,
      times,
      conversation,
      greeting: greeting.lines.join('\n'),
      tls,
      depthFor,
    };
    // AUTH waits for its reply in any case.
    const shown = memory.pipelining ?? pipeliningByGreeting(context.greeting);
    if (options.pipelining === undefined && shown !== 'none') link.depth = 'commands';
    return { ...(await logIn(context)), ...addresses, link };
  } catch (thrown) {
    link.fail(
      thrown instanceof WherryError
        ? thrown
        : new WherryError('io', 'The connection could not be set up', { cause: thrown }),
    );
    throw thrown;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

function timesOf({ times = {} }: FtpClientOptions): FtpClientTimes {
  const given = Object.entries(times).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...defaultFtpClientTimes, ...Object.fromEntries(given) });
}

/** How far ahead commands may go: what was asked for, else what was learned, else what the program is known for. */
function depthOf(options: FtpClientOptions, memory: HostMemory, profile: ServerProfile): PipeliningDepth {
  const { pipelining = 'auto' } = options;
  return pipelining === 'auto' ? (memory.pipelining ?? profile.pipelining) : pipelining;
}

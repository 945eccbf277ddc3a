import { isIP } from 'node:net';
import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import { parseFeatures, parseMlstFeature, type Features } from '../wire/features.ts';
import { parseQuotedPath, type Reply } from '../wire/reply.ts';
import type { ControlLink } from './control/control-link.ts';
import type { Conversation } from './control/conversation.ts';
import type { FtpClientOptions, FtpClientTimes, PipeliningDepth } from './options.ts';
import { replyError } from './reply-errors.ts';
import { parseSiteCommands } from './site-commands.ts';
import { profileOf, type ServerProfile } from './server-profile.ts';
import { makeTlsClient } from './tls/make-tls-client.ts';
import type { TlsClient } from './tls/tls-client.ts';

/** What login works with. */
export interface LoginContext {
  readonly link: ControlLink;
  readonly options: FtpClientOptions;
  readonly times: FtpClientTimes;
  readonly conversation: Conversation;
  /** The words of the greeting. */
  readonly greeting: string;
  /** TLS when the connection has begun with it. */
  readonly tls: TlsClient | null;
  /** How far ahead commands may go once it is known what the server is. */
  readonly depthFor: (profile: ServerProfile) => PipeliningDepth;
}

/** What came of logging in. */
export interface LoggedIn {
  readonly tls: TlsClient | null;
  readonly protectData: boolean;
  readonly profile: ServerProfile;
  readonly home: VirtualPath;
  readonly compressed: boolean;
  readonly portsAhead: number;
}

/** Facts worth having in a listing; `perm` and `unique` are of no use here and cost the server most. */
const wantedFacts: readonly string[] = [
  'type',
  'size',
  'modify',
  'create',
  'UNIX.mode',
  'UNIX.owner',
  'UNIX.group',
  'UNIX.ownername',
  'UNIX.groupname',
  'UNIX.uid',
  'UNIX.gid',
];

/** More files under way over one connection gain nothing, and a server may have few ports. */
const portsAheadAtMost = 4;

/** From the greeting to a connection that can move files. @throws WherryError `login-refused`, `too-many`, `not-trusted`, … */
export async function logIn(context: LoginContext): Promise<LoggedIn> {
  const { link, options } = context;
  const tls = await secure(context);
  await nameHost(context);
  await authenticate(context);
  const protectData = tls !== null && (await protect(context));
  const profile = await learn(context);
  link.depth = context.depthFor(profile);
  const { features } = profile;
  const settings: (readonly [string, string | null])[] = [['TYPE', 'I']];
  if (options.charset === undefined && (features.has('UTF8') || features.has('CLNT')))
    settings.push(['OPTS', 'UTF8 ON']);
  const selection = selectFacts(features);
  if (selection !== null) settings.push(['OPTS', `MLST ${selection}`]);
  if (options.language !== undefined && features.has('LANG')) settings.push(['LANG', options.language]);
  const wantsZ = options.compress === true && /\bZ\b/.test(features.get('MODE') ?? '');
  if (wantsZ) settings.push(['MODE', 'Z']);
  const offeredAhead = link.depth === 'transfers' ? Number(features.get('EPSV-AHEAD') ?? 0) : 0;
  if (offeredAhead > 1) settings.push(['OPTS', 'EPSV-AHEAD ON']);
  for (const command of options.loginCommands ?? []) {
    const space = command.indexOf(' ');
    settings.push(space < 0 ? [command, null] : [command.slice(0, space), command.slice(space + 1)]);
  }
  const [where, ...replies] = await Promise.all([
    link.command('PWD'),
    ...settings.map(([verb, argument]) => link.command(verb, argument)),
  ]);
  const [type] = replies;
  if (type !== undefined && type.code >= 300) {
    throw replyError(type, { verb: 'TYPE', action: 'transfer files as they are' });
  }
  const accepted = (verb: string, argument: string): boolean =>
    settings.some(
      ([sent, text], index) => sent === verb && text === argument && (replies[index]?.code ?? 500) < 300,
    );
  const compressed = wantsZ && accepted('MODE', 'Z');
  const portsAhead = accepted('OPTS', 'EPSV-AHEAD ON') ? Math.min(offeredAhead, portsAheadAtMost) : 1;
  return { tls, protectData, profile, home: homeOf(where), compressed, portsAhead };
}

/** AUTH TLS, as the options want it. Never goes on in the clear where TLS is required. */
async function secure(context: LoginContext): Promise<TlsClient | null> {
  const { link, options, times, conversation, tls } = context;
  const { tls: mode = 'auto', tlsOptions = {}, host, signal } = options;
  if (tls !== null || mode === 'off' || mode === 'implicit') return tls;
  const first = await link.command('AUTH', 'TLS');
  const reply = first.code === 234 || first.code === 334 ? first : await link.command('AUTH', 'SSL');
  if (reply.code !== 234 && reply.code !== 334) {
    if (mode === 'auto') {
      conversation.status('The server offers no TLS: names, passwords and files pass in the clear');
      return null;
    }
    throw new WherryError(
      'not-trusted',
      'The server offers no TLS, which is required here; nothing secret was sent',
      {
        reply: reply.code,
      },
    );
  }
  const client = await makeTlsClient(host, tlsOptions);
  const socket = await client.secureControl(link.detach(), { timeoutMs: times.tlsHandshakeMs, signal });
  link.attach(socket);
  conversation.status(`TLS: ${client.description ?? ''}`);
  return client;
}

/** HOST before login, for servers of several names (RFC 7151). */
async function nameHost({ link, options, conversation }: LoginContext): Promise<void> {
  const { virtualHost, host } = options;
  if (virtualHost === false || (virtualHost === undefined && isIP(host) !== 0)) return;
  if (virtualHost === undefined) {
    const reply = await link.command('FEAT');
    if (reply.code >= 300 || !parseFeatures(reply.lines.slice(1)).has('HOST')) return;
  }
  const reply = await link.command('HOST', virtualHost ?? host);
  if (reply.code >= 300 && virtualHost !== undefined) {
    throw replyError(reply, { verb: 'HOST', action: 'choose the virtual host' });
  }
  if (reply.code >= 300)
    conversation.status('The server does not know its own name; its default host is used');
}

async function authenticate({ link, options, conversation }: LoginContext): Promise<void> {
  const { user = 'anonymous', account } = options;
  const password = options.password ?? (user === 'anonymous' || user === 'ftp' ? 'anonymous@' : '');
  let reply = await link.command('USER', user);
  if (reply.code === 331 || reply.code === 336)
    reply = await link.command('PASS', reveal(password), { secret: true });
  if (reply.code === 332) {
    if (account === undefined) {
      throw new WherryError('login-refused', 'The server asks for an account beside user and password', {
        reply: 332,
      });
    }
    reply = await link.command('ACCT', reveal(account), { secret: true });
  }
  if (reply.code >= 300) throw loginError(reply);
  conversation.status(`Logged in as ${user}`);
}

function reveal(value: Secret | string): string {
  return value instanceof Secret ? value.reveal() : value;
}

function loginError(reply: Reply): WherryError {
  const error = replyError(reply, { verb: 'PASS', action: 'log in' });
  if (error.code === 'too-many' || error.code === 'unavailable') return error;
  return new WherryError('login-refused', error.message, { reply: reply.code, retryable: reply.code < 500 });
}

/** PBSZ and PROT P: data in TLS too. */
async function protect({ link, options, conversation }: LoginContext): Promise<boolean> {
  const [size, level] = await Promise.all([link.command('PBSZ', '0'), link.command('PROT', 'P')]);
  if (level.code < 300) return true;
  if (options.tls === 'require' || options.tls === 'implicit') {
    throw new WherryError(
      'not-trusted',
      'The server does not protect data connections, which is required here',
      {
        reply: Math.max(size.code, level.code),
      },
    );
  }
  conversation.status('The server does not protect data connections: files pass in the clear');
  return false;
}

/** What the server can do and what it is. */
async function learn({ link, options, greeting }: LoginContext): Promise<ServerProfile> {
  const { clientName = 'wherry' } = options;
  const [listed, system, help] = await Promise.all([
    link.command('FEAT'),
    link.command('SYST'),
    link.command('SITE', 'HELP'),
  ]);
  const features: Features = listed.code < 300 ? parseFeatures(listed.lines.slice(1, -1)) : new Map();
  const [identified] = await Promise.all([
    features.has('CSID') ? link.command('CSID', `Name=${clientName};`) : null,
    features.has('CLNT') ? link.command('CLNT', clientName) : null,
  ]);
  const identity = identified === null || identified.code >= 300 ? '' : identified.lines.join(' ').trim();
  const site = parseSiteCommands(help, features.get('SITE'));
  return profileOf({
    greeting,
    identity,
    features,
    site,
    system: system.code < 300 ? system.lines.join(' ').trim() : null,
  });
}

/** The argument of OPTS MLST; null when nothing has to be changed. */
function selectFacts(features: Features): string | null {
  const feature = features.get('MLST');
  if (feature === undefined || feature === '') return null;
  const available = parseMlstFeature(feature);
  const wanted = new Set(wantedFacts.map((name) => name.toLowerCase()));
  const chosen = [...available.keys()].filter((name) => wanted.has(name.toLowerCase()));
  const asIs = [...available].every(([name, on]) => on === wanted.has(name.toLowerCase()));
  return asIs || chosen.length === 0 ? null : chosen.map((name) => `${name};`).join('');
}

/** Where the login starts, as far as the server says it in the way of Unix. */
function homeOf(reply: Reply): VirtualPath {
  const path = reply.code < 300 ? parseQuotedPath(reply.lines.join(' ')) : '';
  return path.startsWith('/') && !path.includes('\0') ? resolveVirtualPath(rootPath, path) : rootPath;
}

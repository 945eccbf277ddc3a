import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkSite, logonTypes, type LogonType, type Site } from '#client/index.ts';
import { toWherryError } from '#core/errors.ts';
import { ExitCode } from '../../exit-codes.ts';
import { askTerminal, canAsk } from '../ask/terminal.ts';
import type { SiteCommand, SiteWork } from './site-command.ts';
import { siteOfAddress } from './site-of-address.ts';

const mostConnections = 1000;

/** `site add`: saves a site, in the place of an older one of the same name. */
export const add: SiteCommand = {
  name: 'add',
  usage: 'NAME URL',
  summary: 'Save a site under a name; folders may stand before it, as in work/shop',
  words: [2, 2],
  flags: [
    { name: 'logon', value: logonTypes.join('|'), help: 'how to log in (found out by what is given)' },
    { name: 'user', value: 'NAME', help: 'who logs in, instead of the name in the URL' },
    { name: 'password-file', value: 'FILE', help: 'the password is the first line of a file' },
    { name: 'account', value: 'NAME', help: 'the account of servers that ask for one' },
    { name: 'identity', value: 'FILE', help: 'private key for SSH' },
    { name: 'active', help: 'let FTP servers call for data connections' },
    { name: 'passive', help: 'never let them' },
    { name: 'tls', value: 'auto|require|off', help: 'TLS of ftp:// (auto)' },
    { name: 'charset', value: 'NAME', help: 'encoding of names where the server does not speak UTF-8' },
    { name: 'connections', value: 'N', help: 'connections to this server at most' },
    { name: 'local-directory', value: 'DIR', help: 'where to be on this machine' },
    { name: 'comment', value: 'TEXT', help: 'whatever should be remembered' },
  ],
  async run(work, [name = '', url = '']) {
    const { given, read, report, sites, requireNoProblems } = work;
    const { site: addressed, isEncryptionSaid, password: written } = siteOfAddress(name, url);
    const user = given.text('user') ?? addressed.user;
    const logon = read.word('logon', given.text('logon'), logonTypes) ?? usualLogon(work, user);
    const localDirectory = given.text('local-directory');
    const identity = given.text('identity');
    const site = checkSite({
      ...addressed,
      encryption:
        (isEncryptionSaid ? undefined : read.word('tls', given.text('tls'), ['auto', 'require', 'off'])) ??
        addressed.encryption,
      logon,
      user,
      account: given.text('account') ?? null,
      keyFile: identity === undefined ? null : resolve(identity),
      transferMode: given.has('passive') ? 'passive' : given.has('active') ? 'active' : 'default',
      connections: read.integer('connections', given.text('connections'), [1, mostConnections]) ?? null,
      charset: given.text('charset') ?? null,
      localDirectory: localDirectory === undefined ? null : resolve(localDirectory),
      comment: given.text('comment') ?? null,
    });
    requireNoProblems();
    const password = keepsPassword.has(logon) ? await passwordOf(work, written, site) : null;
    await sites.save({ ...site, password });
    report.note(`saved; use it as @${name}`);
    if (report.json) report.line(JSON.stringify({ event: 'done', path: name }));
    return ExitCode.done;
  },
};

const keepsPassword: ReadonlySet<LogonType> = new Set(['normal', 'account']);

function usualLogon({ given }: SiteWork, user: string | null): LogonType {
  if (given.text('identity') !== undefined) return 'key';
  if (given.text('account') !== undefined) return 'account';
  return user === null || user === 'anonymous' || user === 'ftp' ? 'anonymous' : 'normal';
}

/** From the URL, a file, the environment or the terminal; null is asked for with each login. */
async function passwordOf(
  { given }: SiteWork,
  written: string | null,
  { user, host }: Site,
): Promise<string | null> {
  const file = given.text('password-file');
  if (file !== undefined) {
    const content = await readFile(file, 'utf8').catch((error: unknown) => {
      throw toWherryError(error, 'read the password file', file);
    });
    return content.split(/\r?\n/u, 1)[0] ?? null;
  }
  const known = written ?? process.env['WHERRY_PASSWORD'];
  if (known !== undefined) return known;
  if (!canAsk()) return null;
  const typed = await askTerminal(
    `Password for ${user ?? 'anonymous'}@${host} (empty: ask each time): `,
    false,
  );
  return typed === '' ? null : typed;
}

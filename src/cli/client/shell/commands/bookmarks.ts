import { emptySite, parseAddress, siteKey } from '#client/index.ts';
import { savedSites } from '../../login/saved-sites.ts';
import { shownAddress } from '../../output/shown-address.ts';
import { visibleText } from '../../output/visible-text.ts';
import type { ShellCall, ShellCommand } from '../shell-command.ts';
import { ShellError } from '../shell-error.ts';

/** Bookmarks, which are the saved sites of `wherry site`. */
export const bookmarkCommands: readonly ShellCommand[] = [
  {
    names: ['bookmark', 'bm'],
    usage: '[list | NAME | add NAME [URL] | del NAME]',
    summary: 'Show the saved sites, open one, save the place that is open (without its password), remove one',
    words: [0, 3],
    async run(call) {
      const [task = 'list', name, address] = call.words;
      const known = tasks[task];
      if (known !== undefined) await known(call, name, address);
      else await call.session.open(`@${task}`);
    },
  },
];

type Task = (call: ShellCall, name: string | undefined, address: string | undefined) => Promise<void>;

const tasks: Readonly<Record<string, Task>> = {
  list: async ({ session }) => {
    const sites = await savedSites().list();
    const width = Math.max(0, ...sites.map((site) => siteKey(site).length));
    for (const site of sites) {
      const { scheme, user, host, remoteDirectory } = site;
      const place = `${scheme}://${user === null ? '' : `${user}@`}${host}/${remoteDirectory ?? ''}`;
      session.report.line(visibleText(`${siteKey(site).padEnd(width)}  ${place}`));
    }
  },
  add: async ({ session }, name, given) => {
    const folder = required(name).split('/');
    const { scheme, host, port, user, path, isAbsolute } = parseAddress(given ?? placeOf(session));
    if (scheme === 'file') throw new ShellError('a path of this machine needs no bookmark');
    const isFtp = scheme === 'ftps' || scheme === 'ftpes';
    await savedSites().save({
      ...emptySite,
      name: folder.pop() ?? '',
      folder,
      scheme: isFtp ? 'ftp' : scheme,
      encryption: scheme === 'ftps' ? 'implicit' : scheme === 'ftpes' ? 'require' : 'auto',
      host: host ?? '',
      port,
      user,
      logon: user === null ? 'anonymous' : 'ask',
      remoteDirectory: path === '' && !isAbsolute ? null : `${isAbsolute ? '/' : ''}${path}`,
    });
    session.report.note(`saved; "open @${name}" comes back to ${shownAddress(given ?? placeOf(session))}`);
  },
  del: async (_call, name) => savedSites().remove(required(name)),
};

function placeOf({ address, place }: ShellCall['session']): string {
  return `${address}/${place.directory.split('/').map(encodeURIComponent).join('/')}`;
}

function required(name: string | undefined): string {
  if (name === undefined || name === '') throw new ShellError('this takes a name, as in "bookmark add work"');
  return name;
}

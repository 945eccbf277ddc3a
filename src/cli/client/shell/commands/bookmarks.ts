import { siteKey, sitePort } from '#client/index.ts';
import { savedSites } from '../../login/saved-sites.ts';
import { shownAddress } from '../../output/shown-address.ts';
import { visibleText } from '../../output/visible-text.ts';
import { addressOfSite, siteOfAddress } from '../../site/site-of-address.ts';
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
  list: async ({ work }) => {
    const sites = await savedSites().list();
    const width = Math.max(0, ...sites.map((site) => siteKey(site).length));
    for (const site of sites) {
      const place = addressOfSite(site, sitePort(site));
      work.report.line(visibleText(`${siteKey(site).padEnd(width)}  ${place}`));
    }
  },
  add: async ({ session }, name, given) => {
    const { site } = siteOfAddress(required(name), given ?? placeOf(session));
    await savedSites().save({ ...site, logon: site.user === null ? 'anonymous' : 'ask' });
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

import { parseAddress, parseSiteAddress } from '#client/address.ts';
import type { RemoteConnection } from '#client/index.ts';
import {
  joinName,
  nameOf,
  parentOf,
  resolveVirtualPath,
  rootPath,
  type VirtualPath,
} from '#core/virtual-path.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { clientCommand } from './client-command.ts';
import { isDirectory } from './is-directory.ts';

/** Renames within one place. */
export const command = clientCommand({
  name: 'mv',
  usage: 'FROM TO',
  about:
    'Renames a file or directory, or moves it within one server. TO is an address on the same server, or a path\n' +
    'seen from the directory of FROM. Where TO is a directory, FROM keeps its name in it.',
  words: [2, 2],
  flags: [{ name: 'no-clobber', short: 'n', help: 'do not replace what is there' }],
  examples: [
    ['wherry mv ftp://me@example.org/in/a.csv b.csv', 'another name'],
    ['wherry mv sftp://me@example.org/in/a.csv sftp://me@example.org/done/', 'into another directory'],
  ],
  choose: (given) => ({ overwrite: !given.has('no-clobber') }),
  async run({ open, report, signal }, words, { overwrite }) {
    const [from = '', to = ''] = words;
    const place = await open(from);
    const named = targetPath(place, from, to);
    const inside = to.endsWith('/') || (await isDirectory(place, named, signal));
    const target = inside ? joinName(named, nameOf(place.directory)) : named;
    await place.rename('.', target, { overwrite, signal });
    if (report.json) report.line(JSON.stringify({ event: 'done', path: place.directory, to: target }));
    return ExitCode.done;
  },
});

/** @throws UsageError for an address on another server */
function targetPath(place: RemoteConnection, from: string, to: string): VirtualPath {
  const site = parseSiteAddress(to);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//iu.test(to);
  if (site === null && !isUrl) {
    const isHere = place.facts.protocol === 'file';
    return resolveVirtualPath(isHere ? place.home : parentOf(place.directory), to);
  }
  const elsewhere = `"wherry mirror --move" moves from one server to another; mv renames on one`;
  if (site !== null) {
    if (parseSiteAddress(from)?.site !== site.site) throw new UsageError(elsewhere);
    return resolveVirtualPath(site.isAbsolute ? rootPath : place.home, site.path);
  }
  const address = parseAddress(to);
  const { host, port } = place.facts;
  if (address.host !== host || address.port !== port) throw new UsageError(elsewhere);
  return resolveVirtualPath(address.isAbsolute ? rootPath : place.home, address.path);
}

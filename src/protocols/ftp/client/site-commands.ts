import type { Reply } from '../wire/reply.ts';

/** The SITE commands that a server says it has, in reply to SITE HELP and in FEAT, in upper case. */
export type SiteCommands = ReadonlySet<string>;

const maximumWords = 256;

/** Reads the words of SITE HELP; whatever is no command does no harm, since only known ones are looked up. */
export function parseSiteCommands(help: Reply, feature: string | undefined): SiteCommands {
  const text = help.code < 300 ? help.lines.join(' ') : '';
  const words = `${text} ${feature ?? ''}`.toUpperCase().match(/[A-Z]{3,10}/g) ?? [];
  return new Set(words.slice(0, maximumWords));
}

/** A path among others in a SITE command: quoted where it would fall apart. */
export function siteArgument(path: string): string {
  return /[\s"]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
}

import { siteKey, sitePort, type Site } from '#client/index.ts';
import { ExitCode } from '../../exit-codes.ts';
import { visibleText } from '../output/visible-text.ts';
import type { SiteCommand } from './site-command.ts';
import { addressOfSite } from './site-of-address.ts';

/** A site without its secrets, which nothing shows. */
function publicSite({ password, ...site }: Site): object {
  return { ...site, name: siteKey(site), port: sitePort(site), hasPassword: password !== null };
}

/** `site list`. */
export const list: SiteCommand = {
  name: 'list',
  usage: '',
  summary: 'List the saved sites',
  words: [0, 0],
  flags: [],
  async run({ sites, report }) {
    const found = await sites.list();
    const width = Math.max(0, ...found.map((site) => siteKey(site).length));
    for (const site of found) {
      report.line(
        report.json
          ? JSON.stringify(publicSite(site))
          : visibleText(
              `${siteKey(site).padEnd(width)}  ${addressOfSite(site, sitePort(site))}  ${site.logon}`,
            ),
      );
    }
    return ExitCode.done;
  },
};

/** `site show`. */
export const show: SiteCommand = {
  name: 'show',
  usage: 'NAME',
  summary: 'Show what is saved of a site, except its password',
  words: [1, 1],
  flags: [],
  async run({ sites, report }, [name = '']) {
    const shown = publicSite(await sites.get(name));
    if (report.json) {
      report.line(JSON.stringify(shown));
      return ExitCode.done;
    }
    const rows = Object.entries(shown).filter(
      ([, value]) => value !== null && value !== false && String(value) !== '',
    );
    const width = Math.max(...rows.map(([field]) => field.length));
    for (const [field, value] of rows) report.line(`${field.padEnd(width)}  ${visibleText(textOf(value))}`);
    return ExitCode.done;
  },
};

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `site remove`. */
export const remove: SiteCommand = {
  name: 'remove',
  usage: 'NAME...',
  summary: 'Forget sites',
  words: [1, Number.POSITIVE_INFINITY],
  flags: [],
  async run({ sites, report }, names) {
    for (const name of names) {
      await sites.remove(name);
      if (report.json) report.line(JSON.stringify({ event: 'done', path: name }));
    }
    return ExitCode.done;
  },
};

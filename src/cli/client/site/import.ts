import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { importFileZilla, importSshConfig, siteKey, type ImportedSites } from '#client/index.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { ExitCode } from '../../exit-codes.ts';
import type { SiteCommand } from './site-command.ts';

/** `site import`: takes over what other programs have saved. */
export const importSites: SiteCommand = {
  name: 'import',
  usage: '[FILE]',
  summary:
    "Take over FileZilla's sitemanager.xml or the hosts of an ssh_config; without a file both from where they lie",
  words: [0, 1],
  flags: [{ name: 'dry-run', help: 'show what would be saved, and save nothing' }],
  async run({ sites, report, given }, [file]) {
    const found = file === undefined ? await fromUsualPlaces() : await fromFile(file);
    if (!given.has('dry-run')) await sites.saveAll(found.sites);
    for (const site of found.sites) {
      const name = siteKey(site);
      report.line(report.json ? JSON.stringify({ event: 'done', path: name }) : name);
    }
    for (const problem of found.problems) {
      if (report.json) report.line(JSON.stringify({ event: 'skipped', path: null, reason: problem }));
      else report.note(problem);
    }
    return found.sites.length === 0 && found.problems.length > 0 ? ExitCode.someFailed : ExitCode.done;
  },
};

async function fromFile(file: string): Promise<ImportedSites> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw toWherryError(error, 'read the file to import', file);
  });
  return text.trimStart().startsWith('<') ? importFileZilla(text) : importSshConfig(file);
}

async function fromUsualPlaces(): Promise<ImportedSites> {
  const places = [
    join(homedir(), '.config', 'filezilla', 'sitemanager.xml'),
    join(homedir(), '.filezilla', 'sitemanager.xml'),
    join(homedir(), '.ssh', 'config'),
  ];
  const found: ImportedSites[] = [];
  for (const place of places) {
    try {
      found.push(await fromFile(place));
    } catch (thrown) {
      if (!(thrown instanceof WherryError) || thrown.code !== 'not-found') throw thrown;
    }
  }
  if (found.length === 0) {
    throw new WherryError('not-found', 'There is nothing to import in the usual places; name the file');
  }
  return {
    sites: found.flatMap(({ sites }) => sites),
    problems: found.flatMap(({ problems }) => problems),
  };
}

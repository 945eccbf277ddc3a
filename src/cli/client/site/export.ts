import { writeFile } from 'node:fs/promises';
import { exportFileZilla } from '#client/index.ts';
import { toWherryError } from '#core/errors.ts';
import { ExitCode } from '../../exit-codes.ts';
import type { SiteCommand } from './site-command.ts';

/** `site export`: writes the sites as FileZilla reads them. */
export const exportSites: SiteCommand = {
  name: 'export',
  usage: '[FILE]',
  summary: "Write all sites in FileZilla's form, to a file that nobody else may read or to standard output",
  words: [0, 1],
  flags: [{ name: 'passwords', help: 'with passwords, which anybody who has the file can read then' }],
  async run({ sites, report, given }, [file]) {
    const text = exportFileZilla(await sites.list(), { passwords: given.has('passwords') });
    if (file === undefined || file === '-') {
      report.line(text.trimEnd());
      return ExitCode.done;
    }
    await writeFile(file, text, { mode: 0o600 }).catch((error: unknown) => {
      throw toWherryError(error, 'write the file', file);
    });
    return ExitCode.done;
  },
};

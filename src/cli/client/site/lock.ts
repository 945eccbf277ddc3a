import { WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import { ExitCode } from '../../exit-codes.ts';
import { askTerminal, canAsk } from '../ask/terminal.ts';
import type { SiteCommand } from './site-command.ts';

/** `site lock`: from now on only a master password opens the sites. */
export const lock: SiteCommand = {
  name: 'lock',
  usage: '',
  summary: 'Set a master password, which is asked for from now on (or read from WHERRY_MASTER_PASSWORD)',
  words: [0, 0],
  flags: [],
  async run({ sites, report }) {
    await sites.setMasterPassword(await newPassword());
    report.note('the saved sites open with the master password only');
    return ExitCode.done;
  },
};

/** `site unlock`: back to the key file. */
export const unlock: SiteCommand = {
  name: 'unlock',
  usage: '',
  summary: 'Do without a master password again',
  words: [0, 0],
  flags: [],
  async run({ sites, report }) {
    await sites.setMasterPassword(null);
    report.note('the saved sites open without a master password');
    return ExitCode.done;
  },
};

async function newPassword(): Promise<Secret> {
  const given = process.env['WHERRY_MASTER_PASSWORD'];
  if (given !== undefined && given !== '') return new Secret(given);
  if (!canAsk()) {
    throw new WherryError('invalid-argument', 'There is no terminal to ask on: set WHERRY_MASTER_PASSWORD');
  }
  const first = await askTerminal('New master password: ', false);
  const second = await askTerminal('The same again: ', false);
  if (first === '' || first !== second) {
    throw new WherryError('invalid-argument', 'The two were not the same, or empty; nothing was changed');
  }
  return new Secret(first);
}

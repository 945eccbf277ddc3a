import { chmod } from './chmod.ts';
import { copy } from './copy.ts';
import { cpfr } from './cpfr.ts';
import { cpto } from './cpto.ts';
import { createSiteHelp } from './help.ts';
import { idle } from './idle.ts';
import { mkdir } from './mkdir.ts';
import { rmdir } from './rmdir.ts';
import type { SiteCommand } from './site-command.ts';
import { symlink } from './symlink.ts';
import { umask } from './umask.ts';
import { utime } from './utime.ts';
import { who } from './who.ts';

/** Every SITE command, in the order in which HELP lists them. */
export const siteCommands: readonly SiteCommand[] = [
  chmod,
  copy,
  cpfr,
  cpto,
  createSiteHelp(() => siteCommands),
  idle,
  mkdir,
  rmdir,
  symlink,
  umask,
  utime,
  who,
];

export const siteCommandsByVerb: ReadonlyMap<string, SiteCommand> = new Map(
  siteCommands.map((command) => [command.verb, command]),
);

import type { Command } from '../../command.ts';

/** One SITE command as a row; `verb` is the word behind SITE. It needs a login and never runs beside a transfer. */
export type SiteCommand = Pick<
  Command,
  'verb' | 'syntax' | 'summary' | 'source' | 'argument' | 'features' | 'run'
>;

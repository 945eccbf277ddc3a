import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** THMB: pictures are files like any other here. */
export const thmb: Command = {
  verb: 'THMB',
  syntax: 'THMB <format> <width> <height> <file>',
  summary: 'Refused: no thumbnails are made.',
  source: 'draft-peterson-streamlined-ftp-command-extensions',
  run: () => reply(502, 'Thumbnails are not made here'),
};

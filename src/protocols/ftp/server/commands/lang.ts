import { parseLanguage } from '../../wire/option-arguments.ts';
import { reply } from '../../wire/reply.ts';
import type { Command } from '../command.ts';

/** RFC 2640 LANG: replies are in English, of whatever country. */
export const lang: Command = {
  verb: 'LANG',
  syntax: 'LANG [<language tag>]',
  summary: 'Select the language of replies: English.',
  source: 'RFC 2640 section 4.1',
  beforeLogin: true,
  features: () => ['LANG EN*'],
  run: (_connection, argument) => {
    const language = parseLanguage(argument);
    if (language !== null && language !== 'en' && !language.startsWith('en-')) {
      return reply(504, 'Replies are in English only');
    }
    return reply(200, 'Replies are in English');
  },
};

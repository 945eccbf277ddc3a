import { action, adminCommand } from './admin-command.ts';
import { keyLinesOf } from './key-lines.ts';

/** `wherry authority`. */
export const command = adminCommand(
  'authority',
  `Authorities whose SSH certificates log in: to the accounts that a certificate names, or that have one of its names
among their --principals. For one account alone, give it the key with the option cert-authority (wherry key add).`,
  [
    action({
      name: 'add',
      usage: 'FILE',
      summary: 'Trust the authorities whose public keys a file holds; - is standard input',
      flags: {},
      flagHelp: [],
      examples: ['wherry authority add /etc/ssh/user_ca.pub'],
      async run({ words: [file = ''], output, administration }) {
        const lines = keyLinesOf(file);
        const client = await administration();
        for (const line of lines) {
          const authority = await client.call('POST /authorities', { body: { line } });
          const { fingerprint, algorithm } = authority;
          output.done(`Certificates of ${fingerprint} (${algorithm}) log in.`, authority);
        }
        return undefined;
      },
    }),
    action({
      name: 'list',
      usage: '',
      summary: 'List the authorities',
      flags: {},
      flagHelp: [],
      examples: ['wherry authority list'],
      async run({ output, administration }) {
        const client = await administration();
        const { authorities } = await client.call('GET /authorities');
        output.rows(
          authorities,
          [
            { title: 'FINGERPRINT', text: ({ fingerprint }) => fingerprint },
            { title: 'TYPE', text: ({ algorithm }) => algorithm },
            { title: 'COMMENT', text: ({ comment }) => comment || '-' },
            { title: 'ADDED', text: ({ addedAt }) => output.time(addedAt) },
          ],
          'No authority is trusted; wherry authority add FILE trusts one.',
        );
        return undefined;
      },
    }),
    action({
      name: 'remove',
      usage: 'FINGERPRINT',
      summary: 'Trust an authority no longer',
      flags: {},
      flagHelp: [],
      examples: ['wherry authority remove SHA256:3smb+LPp79v4YPOAZcKbHKWvIzhuKeTf97R44Ey6gog'],
      async run({ words: [fingerprint = ''], output, administration }) {
        const client = await administration();
        await client.call('DELETE /authorities/:fingerprint', { params: { fingerprint } });
        output.done(`Certificates of ${fingerprint} log in no longer.`, { removed: fingerprint });
        return undefined;
      },
    }),
  ],
);

import { readFileSync } from 'node:fs';
import { toWherryError } from '#core/errors.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';

/** The keys of a file in the form of authorized_keys, or of a .pub file, which is one line of it. */
function linesOf(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (thrown) {
    throw toWherryError(thrown, `read ${file === '-' ? 'standard input' : file}`);
  }
  if (text.includes('PRIVATE KEY')) {
    throw new UsageError(
      `${file} holds a private key, which stays with its owner; give the .pub file beside it`,
    );
  }
  const lines = text
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new UsageError(`${file} holds no key`);
  return lines;
}

/** `wherry key`. */
export const command = adminCommand('key', 'SSH keys of accounts.', [
  action({
    name: 'add',
    usage: 'USER FILE',
    summary:
      'Add the public keys of a file: a .pub file, or one in the form of authorized_keys; - is standard input',
    flags: {},
    flagHelp: [],
    examples: ['wherry key add alice ~/.ssh/id_ed25519.pub', 'ssh-add -L | wherry key add alice -'],
    async run({ words: [name = '', file = ''], output, administration }) {
      const lines = linesOf(file);
      const client = await administration();
      for (const line of lines) {
        const key = await client.call('POST /users/:name/keys', { params: { name }, body: { line } });
        output.done(`Added ${key.fingerprint} (${key.algorithm}) to ${name}.`, key);
      }
      return undefined;
    },
  }),
  action({
    name: 'list',
    usage: 'USER',
    summary: 'List the keys of an account',
    flags: {},
    flagHelp: [],
    examples: ['wherry key list alice'],
    async run({ words: [name = ''], output, administration }) {
      const client = await administration();
      const { keys } = await client.call('GET /users/:name/keys', { params: { name } });
      output.rows(
        keys,
        [
          { title: 'FINGERPRINT', text: ({ fingerprint }) => fingerprint },
          { title: 'TYPE', text: ({ algorithm }) => algorithm },
          { title: 'COMMENT', text: ({ comment }) => comment || '-' },
          { title: 'ADDED', text: ({ addedAt }) => output.time(addedAt) },
        ],
        `${name} has no keys; wherry key add ${name} FILE adds some.`,
      );
      return undefined;
    },
  }),
  action({
    name: 'remove',
    usage: 'USER FINGERPRINT',
    summary: 'Remove a key',
    flags: {},
    flagHelp: [],
    examples: ['wherry key remove alice SHA256:3smb+LPp79v4YPOAZcKbHKWvIzhuKeTf97R44Ey6gog'],
    async run({ words: [name = '', fingerprint = ''], output, administration }) {
      const client = await administration();
      await client.call('DELETE /users/:name/keys/:fingerprint', { params: { name, fingerprint } });
      output.done(`Removed ${fingerprint} from ${name}.`, { removed: fingerprint });
      return undefined;
    },
  }),
]);

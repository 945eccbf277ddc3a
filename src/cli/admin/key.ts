import { action, adminCommand } from './admin-command.ts';
import { keyLinesOf } from './key-lines.ts';

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
      const lines = keyLinesOf(file);
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
  action({
    name: 'revoke',
    usage: 'FINGERPRINT',
    summary: 'Keep a key, or every certificate of an authority, from logging in anywhere, whoever lists it',
    flags: { comment: { type: 'string' } },
    flagHelp: ['--comment TEXT         why'],
    examples: [
      'wherry key revoke SHA256:3smb+LPp79v4YPOAZcKbHKWvIzhuKeTf97R44Ey6gog --comment "laptop lost"',
    ],
    async run({ words: [fingerprint = ''], flags, output, administration }) {
      const client = await administration();
      await client.call('PUT /revoked-keys/:fingerprint', {
        params: { fingerprint },
        body: { comment: flags.comment ?? '' },
      });
      output.done(`${fingerprint} logs in nowhere.`, { revoked: fingerprint });
      return undefined;
    },
  }),
  action({
    name: 'revoked',
    usage: '',
    summary: 'List the revoked keys',
    flags: {},
    flagHelp: [],
    examples: ['wherry key revoked'],
    async run({ output, administration }) {
      const client = await administration();
      const { revokedKeys } = await client.call('GET /revoked-keys');
      output.rows(
        revokedKeys,
        [
          { title: 'FINGERPRINT', text: ({ fingerprint }) => fingerprint },
          { title: 'COMMENT', text: ({ comment }) => comment || '-' },
          { title: 'REVOKED', text: ({ addedAt }) => output.time(addedAt) },
        ],
        'No key is revoked.',
      );
      return undefined;
    },
  }),
  action({
    name: 'restore',
    usage: 'FINGERPRINT',
    summary: 'Let a revoked key log in again where it is listed',
    flags: {},
    flagHelp: [],
    examples: ['wherry key restore SHA256:3smb+LPp79v4YPOAZcKbHKWvIzhuKeTf97R44Ey6gog'],
    async run({ words: [fingerprint = ''], output, administration }) {
      const client = await administration();
      await client.call('DELETE /revoked-keys/:fingerprint', { params: { fingerprint } });
      output.done(`${fingerprint} logs in again where it is listed.`, { restored: fingerprint });
      return undefined;
    },
  }),
]);

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toWherryError } from '#core/errors.ts';
import { UsageError } from '../exit-codes.ts';
import { action, adminCommand } from './admin-command.ts';

const fingerprintPattern = /^(?:[\da-f]{2}:?){32}$/iu;

/** What stands behind `certificate add USER`: a fingerprint, or a file whose certificate has one. */
function fingerprintOf(word: string): string {
  if (fingerprintPattern.test(word)) return word;
  let content: Buffer;
  try {
    content = readFileSync(word === '-' ? 0 : word);
  } catch (thrown) {
    throw toWherryError(thrown, `read ${word === '-' ? 'standard input' : word}`);
  }
  try {
    return new X509Certificate(content).fingerprint256;
  } catch {
    throw new UsageError(`${word} holds no certificate; give one in PEM or DER, or its SHA-256`);
  }
}

/** `wherry certificate`. */
export const command = adminCommand(
  'certificate',
  `TLS client certificates that log in by FTP, where tls.clientCertificates asks for them. A fingerprint needs no
authority; a name counts in certificates that tls.clientAuthority has signed.`,
  [
    action({
      name: 'add',
      usage: 'USER [FILE|SHA256]',
      summary: 'Let a certificate log in: the one of a file, one with that fingerprint, or those with a name',
      flags: { name: { type: 'string' }, comment: { type: 'string' } },
      flagHelp: [
        '--name NAME            in place of a file: a common name, DNS name or e-mail address in it',
        '--comment TEXT         what it is',
      ],
      examples: [
        'wherry certificate add alice alice.crt',
        'wherry certificate add alice --name alice@example.org',
      ],
      async run({ words: [user = '', word], flags, output, administration }) {
        const { name: certified, comment } = flags;
        if ((word === undefined) === (certified === undefined))
          throw new UsageError('give a file, a fingerprint or --name NAME, and one of them only');
        const certificate =
          certified === undefined
            ? ({ kind: 'fingerprint', value: fingerprintOf(word ?? '') } as const)
            : ({ kind: 'name', value: certified } as const);
        const client = await administration();
        const added = await client.call('POST /users/:name/certificates', {
          params: { name: user },
          body: { ...certificate, comment: comment ?? '' },
        });
        output.done(`Certificates with the ${added.kind} ${added.value} log in as ${user}.`, added);
        return undefined;
      },
    }),
    action({
      name: 'list',
      usage: 'USER',
      summary: 'List the certificates of an account',
      flags: {},
      flagHelp: [],
      examples: ['wherry certificate list alice'],
      async run({ words: [user = ''], output, administration }) {
        const client = await administration();
        const { certificates } = await client.call('GET /users/:name/certificates', {
          params: { name: user },
        });
        output.rows(
          certificates,
          [
            { title: 'KIND', text: ({ kind }) => kind },
            { title: 'VALUE', text: ({ value }) => value },
            { title: 'COMMENT', text: ({ comment }) => comment || '-' },
            { title: 'ADDED', text: ({ addedAt }) => output.time(addedAt) },
          ],
          `${user} has no certificates; wherry certificate add ${user} FILE adds one.`,
        );
        return undefined;
      },
    }),
    action({
      name: 'remove',
      usage: 'USER VALUE',
      summary: 'Take a certificate from an account, by its fingerprint or name',
      flags: {},
      flagHelp: [],
      examples: ['wherry certificate remove alice alice@example.org'],
      async run({ words: [user = '', value = ''], output, administration }) {
        const client = await administration();
        await client.call('DELETE /users/:name/certificates/:value', { params: { name: user, value } });
        output.done(`Removed ${value} from ${user}.`, { removed: value });
        return undefined;
      },
    }),
  ],
);

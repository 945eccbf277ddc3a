import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { toWherryError, WherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';
import type { UserChanges } from '#protocols/http/contract/admin/records.ts';
import { UsageError } from '../exit-codes.ts';
import { generatePassword } from '../generate-password.ts';
import type { FlagValues } from '../words.ts';

/** The flags of a command that sets a password. */
export const passwordFlags = {
  password: { type: 'string' },
  'password-file': { type: 'string' },
  'generate-password': { type: 'boolean' },
  'no-password': { type: 'boolean' },
  'password-hash': { type: 'string' },
} as const;

export const passwordHelp = [
  '--password-file FILE   the first line of FILE is the password; - for standard input',
  '--generate-password    make one and print it',
  '--no-password          logs in by keys, certificates or codes only',
  '--password-hash HASH   as another program has kept it: argon2, bcrypt, SHA-crypt, PBKDF2',
  '                       Without any of these it is asked for, or taken from $WHERRY_PASSWORD.',
];

/** A password in the words of the administration. */
export type PasswordFields = Pick<UserChanges, 'password' | 'passwordHash'>;

/** What the flags say of a password, and one that was made, to be printed. */
export interface GivenPassword {
  readonly fields: PasswordFields;
  readonly generated: Secret | null;
}

/**
 * The password that the flags give, or that is asked for.
 *
 * @param mustBeGiven whether to ask when no flag says anything
 * @throws UsageError where nothing is given and nobody can be asked
 */
export async function readPassword(
  flags: FlagValues<typeof passwordFlags>,
  mustBeGiven: boolean,
): Promise<GivenPassword> {
  const given = Object.keys(passwordFlags).filter((name) => Object.hasOwn(flags, name));
  if (given.length > 1) throw new UsageError(`Give one of ${given.map((name) => `--${name}`).join(' and ')}`);
  if (flags['no-password'] === true) return { fields: { password: null }, generated: null };
  if (flags['password-hash'] !== undefined)
    return { fields: { passwordHash: flags['password-hash'] }, generated: null };
  if (flags['generate-password'] === true) {
    const generated = new Secret(generatePassword());
    return { fields: { password: generated.reveal() }, generated };
  }
  if (flags.password !== undefined) {
    process.stderr.write(
      'wherry: --password can be seen by everybody who lists processes; --password-file FILE cannot\n',
    );
    return { fields: { password: flags.password }, generated: null };
  }
  if (flags['password-file'] !== undefined)
    return { fields: { password: passwordOfFile(flags['password-file']) }, generated: null };
  if (!mustBeGiven) return { fields: {}, generated: null };
  const fromEnvironment = process.env['WHERRY_PASSWORD'];
  if (fromEnvironment !== undefined && fromEnvironment !== '')
    return { fields: { password: fromEnvironment }, generated: null };
  return { fields: { password: (await askTwice()).reveal() }, generated: null };
}

function passwordOfFile(file: string): string {
  try {
    const [first = ''] = readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/u);
    if (first === '') throw new WherryError('invalid-argument', 'The password is empty');
    return first;
  } catch (thrown) {
    throw toWherryError(thrown, `read the password from ${file === '-' ? 'standard input' : file}`);
  }
}

async function askTwice(): Promise<Secret> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'No password is given, and there is no terminal to ask on: --password-file FILE (- for standard input), --generate-password or --no-password',
    );
  }
  const first = await ask('Password: ');
  const second = await ask('The same again: ');
  if (first.reveal() !== second.reveal()) throw new UsageError('The two passwords differ');
  if (first.reveal() === '') throw new UsageError('The password is empty');
  return first;
}

/** Asks on the terminal without showing what is typed. */
async function ask(question: string): Promise<Secret> {
  process.stderr.write(question);
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nothing, terminal: true });
  return new Promise((resolve, reject) => {
    let answered = false;
    reader.once('line', (line) => {
      answered = true;
      reader.close();
      resolve(new Secret(line));
    });
    reader.once('close', () => {
      process.stderr.write('\n');
      if (!answered) reject(new WherryError('aborted', 'Cannot read the password: it was stopped'));
    });
    reader.once('SIGINT', () => {
      reader.close();
    });
  });
}

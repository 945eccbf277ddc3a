import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeErrorCode, toWherryError } from '#core/errors.ts';
import { Secret } from '#core/secret.ts';

/** A secret, or why there is none. */
export type SecretOutcome = { readonly secret: Secret } | { readonly problem: string };

/** A file that holds one secret is short. */
const maximumOctets = 64 * 1024;

/**
 * Finds the secret that a setting names: `env:NAME` is a variable of the environment, `file:PATH` the content of a
 * file without its last line end, anything else the secret itself.
 *
 * @param directory where relative paths begin
 */
export function readSecret(
  text: string,
  directory: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SecretOutcome {
  if (text.startsWith('env:')) {
    const name = text.slice('env:'.length);
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined || value === '')
      return { problem: `the environment has no variable ${name}; set it, or name another` };
    return { secret: new Secret(value) };
  }
  if (!text.startsWith('file:')) return { secret: new Secret(text) };
  const file = resolve(directory, text.slice('file:'.length));
  try {
    const content = readFileSync(file, 'utf8');
    const value = content.replace(/\r?\n$/u, '');
    if (value === '') return { problem: `${file} is empty; write the secret into it` };
    if (content.length > maximumOctets) return { problem: `${file} is too long for a secret` };
    return { secret: new Secret(value) };
  } catch (thrown) {
    const { code } = toWherryError(thrown, 'read the secret');
    return { problem: `cannot read ${file}: ${describeErrorCode(code)}` };
  }
}

/** Whether a setting holds a secret itself, and not where to find it. */
export function isSecretInTheOpen(text: string): boolean {
  return !/^(?:env|file):/u.test(text);
}

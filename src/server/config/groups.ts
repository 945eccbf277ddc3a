import { networks, path, secret } from './fragments.ts';

/** A part of the configuration: the names in it and no others. */
export function section<const Properties>(description: string, properties: Properties) {
  return { type: 'object', description, default: {}, additionalProperties: false, properties } as const;
}

/** One of some words. */
export function choice<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return { enum: words, allowed: `choose ${words.join(', ')}` } as const;
}

/** A certificate with its key. */
export const certificate = {
  type: 'object',
  additionalProperties: false,
  required: ['certificate', 'key'],
  allowed: 'give a certificate and its key, as in { certificate: chain.pem, key: key.pem }',
  properties: {
    certificate: {
      ...path,
      mustExist: 'file',
      description: 'Chain in PEM, the server’s own certificate first',
    },
    key: { ...path, mustExist: 'file', description: 'Key in PEM without a passphrase; may be the same file' },
  },
} as const;

/** An account that the configuration makes. */
export const user = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'password'],
  allowed: 'give name and password, as in { name: alice, password: env:ALICE_PASSWORD }',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 128, allowed: 'give a name of 1 to 128 characters' },
    password: { ...secret, description: 'The password; better in the environment or a file than here' },
    rights: { ...choice('r', 'rw'), default: 'rw', description: 'Read only, or read and write' },
  },
} as const;

/** A root of TFTP for some clients or names. */
export const tftpDirectory = {
  type: 'object',
  additionalProperties: false,
  required: ['directory'],
  properties: {
    networks: { ...networks, description: 'Clients that the rule is for; all when absent' },
    files: { type: 'string', description: 'Pattern of names that the rule is for; all when absent' },
    directory: { type: 'string', minLength: 1, description: 'The directory of the tree that is their root' },
  },
} as const;

/** A name of TFTP whose content is made. */
export const tftpTemplate = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'template'],
  properties: {
    name: { type: 'string', minLength: 1, description: 'Pattern of the name, as in `boot/{mac}.cfg`' },
    template: { type: 'string', minLength: 1, description: 'The file of the tree that is the template' },
  },
} as const;

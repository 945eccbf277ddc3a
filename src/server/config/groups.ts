import { duration, networks, path, secret, tftpPattern } from './fragments.ts';

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

/** Somebody who answers for accounts that the database does not have. */
export const externalAccounts = {
  type: 'object',
  additionalProperties: false,
  allowed:
    'give a url or a program, as in { url: "https://accounts.example/login", secret: env:ACCOUNTS_TOKEN }',
  properties: {
    url: {
      type: 'string',
      maxLength: 2048,
      description: 'A web service that logins are put to: https:, or http: to this machine',
    },
    secret: { ...secret, description: 'Sent to it as a bearer token' },
    program: { ...path, mustExist: 'file', description: 'A program of this machine, in place of url' },
    arguments: {
      type: 'array',
      maxItems: 100,
      items: { type: 'string' },
      default: [],
      description: 'Its arguments, as they are; no shell sees them',
    },
    timeout: { ...duration, default: '5s', description: 'For an answer; without one the login fails' },
  },
} as const;

/** A root of TFTP for some clients or names. */
export const tftpDirectory = {
  type: 'object',
  additionalProperties: false,
  required: ['directory'],
  properties: {
    networks: { ...networks, description: 'Clients that the rule is for; all when absent' },
    files: { ...tftpPattern, description: 'Pattern of names that the rule is for; all when absent' },
    directory: { type: 'string', minLength: 1, description: 'The directory of the tree that is their root' },
  },
} as const;

/** A name of TFTP whose content is made. */
export const tftpTemplate = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'template'],
  properties: {
    name: { ...tftpPattern, description: 'Pattern of the name, as in `boot/{mac}.cfg`' },
    template: { type: 'string', minLength: 1, description: 'The file of the tree that is the template' },
  },
} as const;

const hookTarget = {
  name: {
    type: 'string',
    pattern: String.raw`^[\w.-]{1,64}$`,
    allowed: 'give a name of 1 to 64 letters, digits, dots, hyphens or underscores',
    description: 'What is still to be told is kept under it',
  },
  url: { type: 'string', maxLength: 2048, description: 'A web service: its http: or https: address' },
  secret: { ...secret, description: 'What requests are signed with' },
  internal: {
    type: 'boolean',
    default: false,
    description: 'Whether the name may lead into a private network',
  },
  program: { ...path, mustExist: 'file', description: 'A program of this machine, in place of url' },
  arguments: {
    type: 'array',
    maxItems: 100,
    items: { type: 'string' },
    default: [],
    description: 'Its arguments, as they are; no shell sees them',
  },
} as const;

/** Somebody who is told of what has happened. */
export const hook = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  allowed: 'give a name and a url or a program, as in { name: shop, url: "https://shop.example/hook" }',
  properties: {
    ...hookTarget,
    events: {
      type: 'array',
      maxItems: 100,
      items: { type: 'string', maxLength: 64 },
      description: 'Names of events; transfers, changes of files, logins and bans when absent',
    },
    timeout: { ...duration, default: '10s', description: 'For one attempt' },
  },
} as const;

/** Somebody who is asked before something is done. */
export const beforeHook = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'actions'],
  allowed: 'give name, actions and a url or a program',
  properties: {
    ...hookTarget,
    actions: {
      type: 'array',
      minItems: 1,
      items: choice('login', 'upload', 'download', 'delete', 'rename'),
      description: 'What it is asked about',
    },
    timeout: { ...duration, default: '5s', description: 'For an answer; whoever asked waits for so long' },
    onFailure: {
      ...choice('refuse', 'allow'),
      default: 'refuse',
      description: 'What holds without an answer',
    },
  },
} as const;

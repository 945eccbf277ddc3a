import type { FromSchema } from 'json-schema-to-ts';
import {
  name,
  optionalTime,
  settingInputProperties,
  settingNames,
  settingProperties,
  time,
} from './settings.ts';

/** An object of exactly these fields, all of them there. */
function record<const Properties extends object>(properties: Properties) {
  const required = Object.keys(properties) as unknown as readonly (keyof Properties & string)[];
  return { type: 'object', additionalProperties: false, required, properties } as const;
}

/** An object of some of these fields. */
function partial<const Properties extends object>(properties: Properties) {
  return { type: 'object', additionalProperties: false, properties } as const;
}

const names = { type: 'array', maxItems: 100, items: name } as const;

export const administratorRole = {
  type: ['object', 'null'],
  additionalProperties: false,
  required: ['groups', 'readOnly'],
  properties: {
    groups: {
      type: ['array', 'null'],
      maxItems: 100,
      items: name,
      description: 'The groups whose accounts it looks after; null for everything',
    },
    readOnly: { type: 'boolean', description: 'Sees all of that and changes nothing' },
  },
} as const;

export const user = record({
  name,
  enabled: { type: 'boolean' },
  comment: { type: 'string' },
  email: { type: 'string' },
  administrator: administratorRole,
  groups: names,
  principals: { type: 'array', items: { type: 'string' } },
  hasPassword: { type: 'boolean' },
  hasOneTimeCodes: { type: 'boolean' },
  hasAccountInformation: { type: 'boolean' },
  createdAt: time,
  changedAt: time,
  ...settingProperties,
} as const);

const userInput = {
  password: {
    type: ['string', 'null'],
    maxLength: 1024,
    description: 'Null for an account that logs in otherwise',
  },
  passwordHash: {
    type: 'string',
    maxLength: 1024,
    description: 'In place of the password: its hash from another program',
  },
  accountInformation: { type: ['string', 'null'], maxLength: 1024, description: 'The answer to ACCT' },
  enabled: { type: 'boolean' },
  comment: { type: 'string', maxLength: 1000 },
  email: { type: 'string', maxLength: 254 },
  groups: names,
  principals: { type: 'array', maxItems: 100, items: { type: 'string', maxLength: 254 } },
  ...settingInputProperties,
} as const;

export const userChanges = partial(userInput);
export const newUser = { ...partial({ name, ...userInput }), required: ['name'] } as const;

export const group = record({
  name,
  comment: { type: 'string' },
  createdAt: time,
  changedAt: time,
  ...settingProperties,
} as const);

const groupInput = { comment: { type: 'string', maxLength: 1000 }, ...settingInputProperties } as const;
export const groupChanges = partial(groupInput);
export const newGroup = { ...partial({ name, ...groupInput }), required: ['name'] } as const;

/** What holds for an account, and who says each part of it. */
export const effectiveUser = record({
  settings: { type: 'object', additionalProperties: true, properties: {} },
  origins: {
    type: 'object',
    description: 'By the name of a setting, in words: the account, the group staff, the default',
    additionalProperties: { type: 'string' },
  },
} as const);

export const key = record({
  fingerprint: { type: 'string', description: 'SHA256:… as OpenSSH writes it' },
  algorithm: { type: 'string' },
  comment: { type: 'string' },
  options: { type: 'object', additionalProperties: true, properties: {} },
  addedAt: time,
} as const);

export const accessRow = record({
  permission: { type: 'string' },
  allowed: { type: 'boolean' },
  rule: { type: 'string', description: 'The rule that decided, in words' },
  pattern: { type: ['string', 'null'] },
  origin: { type: 'string', description: 'Who says the rule' },
} as const);

/** What a token may be used for; `:read` looks, `:write` changes too. */
export const tokenScopes = [
  'accounts:read',
  'accounts:write',
  'administrators:read',
  'administrators:write',
  'sessions:read',
  'sessions:write',
  'bans:read',
  'bans:write',
  'log:read',
  'config:read',
  'config:write',
  'server:read',
] as const;

export type TokenScope = (typeof tokenScopes)[number];

export const token = record({
  id: { type: 'string' },
  account: name,
  comment: { type: 'string' },
  scopes: { type: 'array', items: { enum: tokenScopes } },
  createdAt: time,
  expiresAt: optionalTime,
  lastUsedAt: { ...optionalTime, description: 'To the hour, in milliseconds since 1970 in UTC' },
} as const);

export const transfer = {
  type: ['object', 'null'],
  additionalProperties: false,
  required: ['direction', 'path', 'startedAt', 'bytes', 'totalBytes', 'bytesPerSecond'],
  properties: {
    direction: { enum: ['download', 'upload', 'listing'] },
    path: { type: 'string' },
    startedAt: time,
    bytes: { type: 'integer' },
    totalBytes: { type: ['integer', 'null'] },
    bytesPerSecond: { type: 'integer', description: 'On average since it began' },
  },
} as const;

export const session = record({
  id: { type: 'string' },
  protocol: { type: 'string' },
  account: { type: ['string', 'null'], description: 'Null before login' },
  remoteAddress: { type: 'string' },
  remotePort: { type: 'integer' },
  localAddress: { type: 'string' },
  localPort: { type: 'integer' },
  openedAt: time,
  idleMs: { type: 'integer', description: 'Without a command and without a transfer' },
  security: { type: ['string', 'null'], description: 'TLS or SSH algorithms; null in the clear' },
  transfer,
} as const);

export const ban = record({
  network: { type: 'string' },
  reason: { type: 'string' },
  source: { enum: ['administrator', 'automatic'] },
  createdAt: time,
  expiresAt: { ...optionalTime, description: 'Null for never' },
} as const);

export const allowedNetwork = record({
  network: { type: 'string' },
  note: { type: 'string' },
  createdAt: time,
} as const);

/** What an account uses of its quota and its volume. */
export const usage = record({
  bytes: { type: 'integer', description: 'Octets of its files' },
  files: { type: 'integer' },
  counted: {
    type: 'boolean',
    description: 'Whether the tree has been counted; before that the numbers mean nothing',
  },
  quotaBytes: { type: ['integer', 'null'] },
  quotaFiles: { type: ['integer', 'null'] },
  volumes: {
    type: 'array',
    items: record({
      period: { type: 'string', description: 'A day (2026-11-21) or a month (2026-11) of UTC' },
      uploadBytes: { type: 'integer' },
      downloadBytes: { type: 'integer' },
    } as const),
  },
} as const);

/** One line of the audit. */
export const logRecord = record({
  id: { type: 'integer' },
  time,
  event: { type: 'string' },
  outcome: { type: 'string', description: 'completed, failed, aborted, refused, or unknown after a kill' },
  protocol: { type: ['string', 'null'] },
  account: { type: ['string', 'null'] },
  remoteAddress: { type: ['string', 'null'] },
  session: { type: ['string', 'null'] },
  path: { type: ['string', 'null'] },
  target: { type: ['string', 'null'] },
  bytes: { type: ['integer', 'null'] },
  durationMs: { type: ['number', 'null'] },
  sha256: { type: ['string', 'null'] },
  detail: { type: ['string', 'null'] },
} as const);

/** A TLS client certificate that logs in to an account. */
const fingerprint = { type: 'string', description: 'SHA-256 as OpenSSH writes it' } as const;

/** An authority whose SSH certificates log in. */
export const authority = record({
  fingerprint,
  algorithm: { type: 'string' },
  comment: { type: 'string' },
  addedAt: time,
} as const);

/** An SSH key that logs in nowhere, or an authority none of whose certificates does. */
export const revokedKey = record({ fingerprint, comment: { type: 'string' }, addedAt: time } as const);

export const userCertificate = record({
  kind: { enum: ['fingerprint', 'name'] },
  value: { type: 'string' },
  comment: { type: 'string' },
  addedAt: time,
} as const);

export const userPasskey = record({
  id: { type: 'string', description: 'The credential id in base64url' },
  name: { type: 'string', description: 'As its owner calls it' },
  relyingParty: { type: 'string', description: 'The name of the web site that it is for' },
  addedAt: time,
  lastUsedAt: optionalTime,
} as const);

const gradeFinding = record({
  risk: { enum: ['high', 'medium', 'low'] },
  setting: { type: 'string' },
  origin: { type: 'string', description: 'A line of the file, a flag, or the defaults' },
  reason: { type: 'string' },
  cure: { type: 'string', description: 'The line of wherry.yaml' },
} as const);

export const grade = record({
  grade: { enum: ['A', 'B', 'C', 'D', 'E', 'F'] },
  findings: { type: 'array', items: gradeFinding },
} as const);

export const listener = record({
  protocol: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'integer' },
} as const);

export const certificate = record({
  subject: { type: 'string' },
  issuer: { type: 'string' },
  names: { type: 'array', items: { type: 'string' } },
  validFrom: time,
  validTo: time,
  sha256: { type: 'string' },
} as const);

export const hostKey = record({ type: { type: 'string' }, fingerprint: { type: 'string' } } as const);

/** What every reply with a status of 400 or more says. */
export const errorReply = record({
  error: {
    type: 'object',
    required: ['code', 'message', 'retryable'],
    properties: {
      code: { type: 'string', description: 'A word of core/errors.ts' },
      message: { type: 'string', description: 'What could not be done and why, for people' },
      retryable: { type: 'boolean' },
      problems: {
        type: 'array',
        description: 'Where what was given is wrong, all of it at once',
        items: record({ field: { type: 'string' }, message: { type: 'string' } } as const),
      },
    },
  },
} as const);

export { record, partial, settingNames };
/** What the server tells is not to be changed. */
export type DeepReadonly<Value> = Value extends object
  ? { readonly [Name in keyof Value]: DeepReadonly<Value[Name]> }
  : Value;

export type User = DeepReadonly<FromSchema<typeof user>>;
export type UserChanges = DeepReadonly<FromSchema<typeof userChanges>>;
export type NewUser = DeepReadonly<FromSchema<typeof newUser>>;
export type Group = DeepReadonly<FromSchema<typeof group>>;
export type GroupChanges = DeepReadonly<FromSchema<typeof groupChanges>>;
export type NewGroup = DeepReadonly<FromSchema<typeof newGroup>>;
export type AdministratorRole = DeepReadonly<FromSchema<typeof administratorRole>>;
export type EffectiveUser = DeepReadonly<FromSchema<typeof effectiveUser>>;
export type Key = DeepReadonly<FromSchema<typeof key>>;
export type AccessRow = DeepReadonly<FromSchema<typeof accessRow>>;
export type Token = DeepReadonly<FromSchema<typeof token>>;
export type SessionRecord = DeepReadonly<FromSchema<typeof session>>;
export type CertificateRecord = DeepReadonly<FromSchema<typeof certificate>>;
export type HostKeyRecord = DeepReadonly<FromSchema<typeof hostKey>>;
export type BanRecord = DeepReadonly<FromSchema<typeof ban>>;
export type AllowedNetworkRecord = DeepReadonly<FromSchema<typeof allowedNetwork>>;
export type UserCertificate = DeepReadonly<FromSchema<typeof userCertificate>>;
export type GradeRecord = DeepReadonly<FromSchema<typeof grade>>;
export type Usage = DeepReadonly<FromSchema<typeof usage>>;
export type LogRecord = DeepReadonly<FromSchema<typeof logRecord>>;
export type ListenerRecord = DeepReadonly<FromSchema<typeof listener>>;
export type ErrorReply = DeepReadonly<FromSchema<typeof errorReply>>;

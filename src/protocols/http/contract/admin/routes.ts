import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import {
  accessRow,
  administratorRole,
  allowedNetwork,
  ban,
  certificate,
  effectiveUser,
  group,
  groupChanges,
  hostKey,
  key,
  listener,
  newGroup,
  newUser,
  partial,
  record,
  session,
  token,
  tokenScopes,
  user,
  userCertificate,
  userChanges,
  type DeepReadonly,
} from './records.ts';
import { name, optionalTime, time } from './settings.ts';

/** The beginning of every address of the administration. */
export const adminPrefix = '/api/v1';

/** What a caller must be allowed: a scope of tokens; `owner` is the machine's owner or an administrator of all. */
export type Area = 'accounts' | 'administrators' | 'sessions' | 'bans' | 'log' | 'config' | 'server';

/** One request of the administration. A reply without a schema is `204 No Content`. */
export interface RouteContract {
  readonly summary: string;
  readonly area: Area;
  /** Whether an administrator of some groups may use it too, for what belongs to those. */
  readonly forGroups: boolean;
  readonly query?: JSONSchema;
  readonly body?: JSONSchema;
  readonly reply?: JSONSchema;
  /** Changes nothing although it is no GET. */
  readonly readsOnly?: boolean;
}

const page = {
  after: { type: 'string', maxLength: 255, description: 'Only names after this one' },
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
} as const;

const problem = record({ line: { type: ['integer', 'null'] }, message: { type: 'string' } } as const);

/** Every request of the administration that has one reply, by method and address under {@link adminPrefix}. */
export const adminRoutes = {
  'GET /users': {
    summary: 'Accounts in the order of their names, a page at a time',
    area: 'accounts',
    forGroups: true,
    query: partial({ ...page, group: { ...name, description: 'Only those of this group' } } as const),
    reply: record({ users: { type: 'array', items: user }, more: { type: 'boolean' } } as const),
  },
  'POST /users': {
    summary: 'Make an account',
    area: 'accounts',
    forGroups: true,
    body: newUser,
    reply: user,
  },
  'GET /users/:name': { summary: 'One account', area: 'accounts', forGroups: true, reply: user },
  'PATCH /users/:name': {
    summary: 'Change what is given of an account; running sessions follow',
    area: 'accounts',
    forGroups: true,
    body: userChanges,
    reply: user,
  },
  'DELETE /users/:name': { summary: 'Remove an account with its keys', area: 'accounts', forGroups: true },
  'GET /users/:name/effective': {
    summary: 'What holds for an account when its groups and defaults are asked, and who says it',
    area: 'accounts',
    forGroups: true,
    reply: effectiveUser,
  },
  'POST /users/:name/access': {
    summary: 'What an account may do at a path, and which rule says so',
    area: 'accounts',
    forGroups: true,
    readsOnly: true,
    body: record({ path: { type: 'string', maxLength: 4096 } } as const),
    reply: record({ path: { type: 'string' }, access: { type: 'array', items: accessRow } } as const),
  },
  'GET /users/:name/keys': {
    summary: 'The SSH keys of an account',
    area: 'accounts',
    forGroups: true,
    reply: record({ keys: { type: 'array', items: key } } as const),
  },
  'POST /users/:name/keys': {
    summary: 'Add an SSH key: a line of authorized_keys',
    area: 'accounts',
    forGroups: true,
    body: record({ line: { type: 'string', minLength: 1, maxLength: 20_000 } } as const),
    reply: key,
  },
  'DELETE /users/:name/keys/:fingerprint': {
    summary: 'Remove an SSH key',
    area: 'accounts',
    forGroups: true,
  },
  'GET /users/:name/certificates': {
    summary: 'The TLS client certificates that log in to an account',
    area: 'accounts',
    forGroups: true,
    reply: record({ certificates: { type: 'array', items: userCertificate } } as const),
  },
  'POST /users/:name/certificates': {
    summary: 'Let a TLS client certificate log in: by its SHA-256, or by a name in it',
    area: 'accounts',
    forGroups: false,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['kind', 'value'],
      properties: {
        kind: { enum: ['fingerprint', 'name'] },
        value: { type: 'string', minLength: 1, maxLength: 254 },
        comment: { type: 'string', maxLength: 1000 },
      },
    },
    reply: userCertificate,
  },
  'DELETE /users/:name/certificates/:value': {
    summary: 'Take a TLS client certificate from an account',
    area: 'accounts',
    forGroups: true,
  },
  'POST /users/:name/one-time-codes': {
    summary: 'Demand one-time codes from the next login on; the secret is told only now',
    area: 'accounts',
    forGroups: true,
    reply: record({
      secret: { type: 'string', description: 'Base32, for an app that makes the codes' },
      uri: { type: 'string', description: 'The same as otpauth: address, for a QR code' },
    } as const),
  },
  'DELETE /users/:name/one-time-codes': {
    summary: 'Demand one-time codes no longer',
    area: 'accounts',
    forGroups: true,
  },
  'GET /groups': {
    summary: 'Groups in the order of their names, a page at a time',
    area: 'accounts',
    forGroups: true,
    query: partial(page),
    reply: record({ groups: { type: 'array', items: group }, more: { type: 'boolean' } } as const),
  },
  'POST /groups': {
    summary: 'Make a group',
    area: 'accounts',
    forGroups: false,
    body: newGroup,
    reply: group,
  },
  'GET /groups/:name': { summary: 'One group', area: 'accounts', forGroups: true, reply: group },
  'PATCH /groups/:name': {
    summary: 'Change what is given of a group; running sessions of its accounts follow',
    area: 'accounts',
    forGroups: false,
    body: groupChanges,
    reply: group,
  },
  'DELETE /groups/:name': {
    summary: 'Remove a group; its accounts stay',
    area: 'accounts',
    forGroups: false,
  },
  'GET /groups/:name/members': {
    summary: 'The names of a group’s accounts, a page at a time',
    area: 'accounts',
    forGroups: true,
    query: partial(page),
    reply: record({ members: { type: 'array', items: name }, more: { type: 'boolean' } } as const),
  },
  'GET /administrators': {
    summary: 'Accounts that administer, and what',
    area: 'administrators',
    forGroups: false,
    reply: record({
      administrators: {
        type: 'array',
        items: record({ name, enabled: { type: 'boolean' }, role: administratorRole } as const),
      },
    } as const),
  },
  'PUT /administrators/:name': {
    summary: 'Make an account an administrator, or change what it administers',
    area: 'administrators',
    forGroups: false,
    body: { ...administratorRole, type: 'object' },
    reply: user,
  },
  'DELETE /administrators/:name': {
    summary: 'Let an account administer nothing any more; its tokens go, the account stays',
    area: 'administrators',
    forGroups: false,
  },
  'GET /tokens': {
    summary: 'Tokens of administrators, without their secrets',
    area: 'administrators',
    forGroups: false,
    reply: record({ tokens: { type: 'array', items: token } } as const),
  },
  'POST /tokens': {
    summary: 'Make a token for an administrator; its secret is told only now',
    area: 'administrators',
    forGroups: false,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['account', 'scopes'],
      properties: {
        account: name,
        scopes: { type: 'array', minItems: 1, maxItems: tokenScopes.length, items: { enum: tokenScopes } },
        comment: { type: 'string', maxLength: 200 },
        expiresAt: optionalTime,
      },
    },
    reply: record({ token, secret: { type: 'string' } } as const),
  },
  'DELETE /tokens/:id': { summary: 'Revoke a token', area: 'administrators', forGroups: false },
  'GET /sessions': {
    summary: 'Who is connected, and what they do',
    area: 'sessions',
    forGroups: true,
    reply: record({ sessions: { type: 'array', items: session } } as const),
  },
  'POST /sessions/:id/kick': {
    summary: 'End a session',
    area: 'sessions',
    forGroups: true,
    body: partial({ reason: { type: 'string', maxLength: 200 } } as const),
  },
  'POST /sessions/kick': {
    summary: 'End all sessions of an account, or of an address',
    area: 'sessions',
    forGroups: true,
    body: partial({
      account: name,
      remoteAddress: { type: 'string', maxLength: 100 },
      reason: { type: 'string', maxLength: 200 },
    } as const),
    reply: record({ ended: { type: 'integer' } } as const),
  },
  'GET /bans': {
    summary: 'Networks that are kept out, and those that no ban keeps out',
    area: 'bans',
    forGroups: false,
    reply: record({
      bans: { type: 'array', items: ban },
      allowed: { type: 'array', items: allowedNetwork },
    } as const),
  },
  'POST /bans': {
    summary: 'Keep a network out; its sessions end',
    area: 'bans',
    forGroups: false,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['network'],
      properties: {
        network: { type: 'string', minLength: 1, maxLength: 100 },
        reason: { type: 'string', maxLength: 500 },
        durationMs: { type: ['integer', 'null'], minimum: 1, description: 'Null for ever' },
      },
    },
    reply: ban,
  },
  'DELETE /bans/:network': { summary: 'Let a network in again', area: 'bans', forGroups: false },
  'POST /allowed-networks': {
    summary: 'Let a network in whatever is banned, and spare it penalties',
    area: 'bans',
    forGroups: false,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['network'],
      properties: {
        network: { type: 'string', minLength: 1, maxLength: 100 },
        note: { type: 'string', maxLength: 500 },
      },
    },
    reply: allowedNetwork,
  },
  'DELETE /allowed-networks/:network': {
    summary: 'Let bans hold for a network again',
    area: 'bans',
    forGroups: false,
  },
  'GET /config': {
    summary: 'The configuration that holds, secrets masked',
    area: 'config',
    forGroups: false,
    reply: record({
      file: { type: ['string', 'null'] },
      settings: { type: 'object', additionalProperties: true, properties: {} },
      origins: { type: 'object', additionalProperties: { type: 'string' } },
    } as const),
  },
  'GET /config/schema': {
    summary: 'The JSON schema of wherry.yaml',
    area: 'config',
    forGroups: false,
    reply: { type: 'object', additionalProperties: true, properties: {} },
  },
  'POST /config/check': {
    summary: 'Everything that is wrong with the text of a configuration file',
    area: 'config',
    forGroups: false,
    readsOnly: true,
    body: record({ text: { type: 'string', maxLength: 1_048_576 } } as const),
    reply: record({ problems: { type: 'array', items: problem } } as const),
  },
  'POST /config/reload': {
    summary: 'Read the configuration, certificates and host keys anew; nobody is disconnected',
    area: 'config',
    forGroups: false,
    reply: record({
      applied: { type: 'array', items: { type: 'string' } },
      waiting: { type: 'array', description: 'For the next start', items: { type: 'string' } },
    } as const),
  },
  'GET /server': {
    summary: 'What the server is and does',
    area: 'server',
    forGroups: true,
    reply: record({
      version: { type: 'string' },
      running: { type: 'boolean', description: 'False when the command line works on the database alone' },
      startedAt: time,
      listeners: { type: 'array', items: listener },
      sessions: { type: 'integer' },
      transfers: { type: 'integer' },
      accounts: { type: 'integer' },
    } as const),
  },
  'GET /server/certificates': {
    summary: 'The TLS certificates that clients are shown',
    area: 'server',
    forGroups: false,
    reply: record({ certificates: { type: 'array', items: certificate } } as const),
  },
  'GET /server/host-keys': {
    summary: 'The SSH host keys that clients are shown',
    area: 'server',
    forGroups: false,
    reply: record({ hostKeys: { type: 'array', items: hostKey } } as const),
  },
} as const satisfies Readonly<Record<string, RouteContract>>;

export type AdminRoutes = typeof adminRoutes;
export type AdminRoute = keyof AdminRoutes;

type SchemaOf<Row, Part extends 'query' | 'body' | 'reply'> =
  Row extends Readonly<Record<Part, infer Schema extends JSONSchema>>
    ? DeepReadonly<FromSchema<Schema>>
    : undefined;

type ParameterNames<Address extends string> = Address extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<Rest>
  : Address extends `${string}:${infer Name}`
    ? Name
    : never;

/** The types of every route, each worked out once: generic ones are looked up here. */
interface RouteTypes<Route extends AdminRoute> {
  readonly params: { readonly [Name in ParameterNames<Route>]: string };
  readonly query: SchemaOf<AdminRoutes[Route], 'query'>;
  readonly body: SchemaOf<AdminRoutes[Route], 'body'>;
  readonly reply: SchemaOf<AdminRoutes[Route], 'reply'>;
}

type RouteTable = { readonly [Route in AdminRoute]: RouteTypes<Route> };

/** The parameters in the address of a route, decoded. */
export type AdminParams<Route extends AdminRoute> = RouteTable[Route]['params'];
export type AdminQuery<Route extends AdminRoute> = RouteTable[Route]['query'];
export type AdminBody<Route extends AdminRoute> = RouteTable[Route]['body'];
export type AdminReply<Route extends AdminRoute> = RouteTable[Route]['reply'];

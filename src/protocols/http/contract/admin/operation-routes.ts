import {
  administratorRole,
  allowedNetwork,
  ban,
  certificate,
  grade,
  hostKey,
  listener,
  logRecord,
  partial,
  record,
  session,
  token,
  tokenScopes,
  user,
} from './records.ts';
import type { RouteContract } from './route-contract.ts';
import { name, optionalTime, time } from './settings.ts';

const problem = record({ line: { type: ['integer', 'null'] }, message: { type: 'string' } } as const);

/** Administrators, sessions, bans, the log, the configuration and the server itself. */
export const operationRoutes = {
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
  'GET /log': {
    summary: 'What happened, the latest first, a page at a time',
    area: 'log',
    forGroups: true,
    query: partial({
      from: { ...time, description: 'Milliseconds since 1970 in UTC, the first that fits' },
      to: { ...time, description: 'The first that does not fit any more' },
      account: name,
      remoteAddress: { type: 'string', maxLength: 100 },
      protocol: { type: 'string', maxLength: 16 },
      session: { type: 'string', maxLength: 32 },
      events: { type: 'string', maxLength: 1000, description: 'Parted by commas; any of them' },
      outcomes: { type: 'string', maxLength: 200, description: 'Parted by commas; any of them' },
      path: { type: 'string', maxLength: 4096, description: 'A path and all below it, or a pattern with *' },
      limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
      cursor: { type: 'string', maxLength: 32, description: 'Where the page before has ended' },
    } as const),
    reply: record({
      records: { type: 'array', items: logRecord },
      cursor: { type: ['string', 'null'], description: 'For the page behind this one' },
    } as const),
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
  'GET /server/grade': {
    summary: 'How safe the configuration is: what in it is risky, why, and the line that cures it',
    area: 'config',
    forGroups: false,
    reply: grade,
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

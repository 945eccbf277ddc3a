import {
  accessRow,
  effectiveUser,
  group,
  groupChanges,
  key,
  newGroup,
  newUser,
  partial,
  record,
  usage,
  user,
  userCertificate,
  userChanges,
} from './records.ts';
import type { RouteContract } from './route-contract.ts';
import { name } from './settings.ts';

const page = {
  after: { type: 'string', maxLength: 255, description: 'Only names after this one' },
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
} as const;

/** Accounts and groups. */
export const accountRoutes = {
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
  'GET /users/:name/usage': {
    summary: 'What an account uses of its quota and its volume',
    area: 'accounts',
    forGroups: true,
    reply: usage,
  },
  'POST /users/:name/usage/rescan': {
    summary: 'Count the tree of an account anew, after changes by other ways than the server',
    area: 'accounts',
    forGroups: true,
    reply: usage,
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
} as const satisfies Readonly<Record<string, RouteContract>>;

/** Pieces of schemas. Everything here is plain JSON Schema: data for the server, types for the page. */
export const name = { type: 'string', minLength: 1, maxLength: 255 } as const;
export const time = { type: 'integer', description: 'Milliseconds since 1970 in UTC' } as const;
export const optionalTime = { ...time, type: ['integer', 'null'] } as const;

const networks = {
  type: ['array', 'null'],
  maxItems: 1024,
  items: { type: 'string', maxLength: 100 },
} as const;

const amount = { type: ['integer', 'null'], minimum: 0 } as const;
const speed = {
  type: 'object',
  additionalProperties: false,
  properties: { uploadBytesPerSecond: amount, downloadBytesPerSecond: amount },
} as const;

/** The rights of `core/permission.ts`. */
export const permissionWords = [
  'list',
  'download',
  'upload',
  'overwrite',
  'append',
  'delete',
  'rename',
  'make-directory',
  'remove-directory',
  'change-mode',
  'change-time',
  'change-owner',
  'symlink',
  'checksum',
] as const;

const permissionNames = { type: 'array', maxItems: 32, items: { enum: permissionWords } } as const;
const permissionsInput = {
  anyOf: [permissionNames, { type: 'string', maxLength: 64 }],
  description: 'Names of rights, letters of elradfmwMT, or all',
} as const;

const mountProperties = {
  path: { type: 'string', maxLength: 4096 },
  directory: { type: 'string', maxLength: 4096 },
} as const;

const nameRuleProperties = {
  names: { type: 'array', maxItems: 256, items: { type: 'string', maxLength: 255 } },
  treatment: { enum: ['allow', 'deny', 'hide'] },
} as const;

const common = {
  home: { type: ['string', 'null'], maxLength: 4096, description: 'The directory that is the tree' },
  startDirectory: { type: ['string', 'null'], maxLength: 4096, description: 'Where a login starts' },
  rights: { enum: ['none', 'r', 'rw', null], description: 'Where no rule says otherwise' },
  limits: {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      quotaBytes: amount,
      quotaFiles: amount,
      largestFileBytes: amount,
      sessions: amount,
      sessionsPerAddress: amount,
      accountSpeed: speed,
      sessionSpeed: speed,
      volume: {
        type: 'object',
        additionalProperties: false,
        properties: {
          uploadBytesPerDay: amount,
          downloadBytesPerDay: amount,
          uploadBytesPerMonth: amount,
          downloadBytesPerMonth: amount,
        },
      },
      idleTimeoutMs: amount,
      sessionTimeoutMs: amount,
    },
  },
  protocols: {
    type: ['array', 'null'],
    maxItems: 8,
    items: { enum: ['ftp', 'ftps', 'sftp', 'http'] },
  },
  tunnel: { type: ['boolean', 'null'], description: 'Whether SSH may carry FTP to this server' },
  requireTls: { type: ['boolean', 'null'] },
  minimumTlsVersion: { enum: ['TLSv1.2', 'TLSv1.3', null] },
  allowedNetworks: networks,
  deniedNetworks: networks,
  allowedHours: {
    type: ['object', 'null'],
    additionalProperties: false,
    required: ['timeZone', 'ranges'],
    properties: {
      timeZone: { type: 'string', maxLength: 100 },
      ranges: {
        type: 'array',
        maxItems: 100,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['days', 'from', 'to'],
          properties: {
            days: {
              type: 'array',
              maxItems: 7,
              items: { enum: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] },
            },
            from: { type: 'string', maxLength: 5 },
            to: { type: 'string', maxLength: 5 },
          },
        },
      },
    },
  },
  loginMethods: {
    type: ['array', 'null'],
    maxItems: 16,
    description: 'Alternatives, each a set of proofs demanded together',
    items: {
      type: 'array',
      maxItems: 6,
      items: { enum: ['password', 'public-key', 'certificate', 'passkey', 'one-time-code', 'account'] },
    },
  },
  fxpNetworks: networks,
  expiresAt: optionalTime,
} as const;

/** What an account or a group says; null is nothing said. */
export const settingProperties = {
  ...common,
  mounts: {
    type: ['array', 'null'],
    maxItems: 256,
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['path', 'directory', 'readOnly'],
      properties: { ...mountProperties, readOnly: { type: 'boolean' } },
    },
  },
  rules: {
    type: ['array', 'null'],
    maxItems: 1000,
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['path', 'allow', 'deny'],
      properties: { path: { type: 'string' }, allow: permissionNames, deny: permissionNames },
    },
  },
  nameRules: {
    type: ['array', 'null'],
    maxItems: 256,
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['names', 'treatment', 'within'],
      properties: { ...nameRuleProperties, within: { type: 'string', maxLength: 4096 } },
    },
  },
} as const;

/** The same as it may be said: what is left out keeps its value, null takes back what was said. */
export const settingInputProperties = {
  ...common,
  mounts: {
    type: ['array', 'null'],
    maxItems: 256,
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['path', 'directory'],
      properties: { ...mountProperties, readOnly: { type: 'boolean' } },
    },
  },
  rules: {
    type: ['array', 'null'],
    maxItems: 1000,
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['path'],
      properties: {
        path: { type: 'string', maxLength: 4096 },
        allow: permissionsInput,
        deny: permissionsInput,
      },
    },
  },
  nameRules: {
    type: ['array', 'null'],
    maxItems: 256,
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['names', 'treatment'],
      properties: { ...nameRuleProperties, within: { type: 'string', maxLength: 4096 } },
    },
  },
} as const;

/** The names of all settings. */
export const settingNames = Object.keys(settingProperties) as readonly (keyof typeof settingProperties)[];

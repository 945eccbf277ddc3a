import type { FromSchema } from 'json-schema-to-ts';
import {
  count,
  duration,
  flag,
  host,
  networks,
  optionalPath,
  optionalRate,
  path,
  port,
  portRange,
  positive,
  size,
  type ConvertedFormats,
} from './fragments.ts';
import { beforeHook, certificate, choice, externalAccounts, hook, section, user } from './groups.ts';
import { defence, tftp, timeouts } from './sections.ts';

/**
 * The configuration file as JSON Schema (draft 2020-12), which checks it, gives its types, and writes its reference.
 * Words beside the standard's: `allowed` says what may stand in a place, `secret` that nobody may see it, `restart`
 * that a change waits for the next start.
 */
export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'wherry.yaml',
  type: 'object',
  additionalProperties: false,
  properties: {
    directory: {
      ...path,
      mustExist: 'directory',
      restart: true,
      default: '.',
      description: 'The directory that is served',
    },
    dataDirectory: {
      ...optionalPath,
      restart: true,
      description:
        'Accounts, certificate, host keys and the administration socket; null for `$XDG_STATE_HOME/wherry`',
    },
    runAs: {
      type: ['string', 'null'],
      maxLength: 64,
      restart: true,
      default: null,
      allowed: 'give the name of a user of this machine',
      description: 'Started as root: the user to become when the ports are bound; null to stay',
    },
    grace: {
      ...duration,
      default: '30s',
      description: 'On SIGTERM, how long running transfers may finish',
    },
    listen: section('Where to listen; port 0 is any free one', {
      host: {
        ...host,
        restart: true,
        default: '::',
        description: 'Address of all listeners; `::` is both families',
      },
      ftp: { ...port, restart: true, default: 2121, description: 'FTP with explicit TLS' },
      ftps: { ...port, restart: true, default: 2990, description: 'FTP in TLS from the first octet' },
      sftp: { ...port, restart: true, default: 2022, description: 'SSH: SFTP, SCP and the tunnel to FTP' },
      tftp: { ...port, restart: true, default: 'off', description: 'TFTP: everybody reads, nobody logs in' },
      http: {
        ...port,
        restart: true,
        default: 8080,
        description: 'Web page, REST interface, health and metrics, in the clear and in TLS on one port',
      },
    }),
    passive: section('Passive data connections of FTP', {
      ports: {
        ...portRange,
        restart: true,
        default: '50000-50999',
        description: 'Open these in the firewall',
      },
      address: {
        type: ['string', 'null'],
        format: 'ipv4-address',
        default: null,
        allowed: 'give the IPv4 address that clients reach this machine at',
        description: 'Address to announce, for servers behind NAT; null for the connection’s own',
      },
    }),
    tls: section('Encryption of FTP and HTTP', {
      certificates: {
        type: 'array',
        maxItems: 256,
        restart: true,
        default: [],
        items: certificate,
        description:
          'Own certificates, chosen by the name a client asks for, the first where none fits; without any, one is made. SIGHUP reads the files anew',
      },
      require: { ...flag, default: false, description: 'No login and no data in the clear' },
      minimumVersion: {
        ...choice('TLSv1.2', 'TLSv1.3'),
        restart: true,
        default: 'TLSv1.2',
        description: 'The oldest version that is spoken',
      },
      sessionReuse: {
        ...choice('require', 'prefer', 'off'),
        default: 'prefer',
        description: 'Whether data connections must resume the TLS session of their control connection',
      },
      requireCloseNotify: {
        ...flag,
        default: true,
        description: 'Whether an upload that ends without TLS’s own close is incomplete, or only noted',
      },
      allowClearCommandChannel: {
        ...flag,
        default: false,
        description: 'Whether CCC may take the control connection back into the clear after login',
      },
      clientCertificates: {
        ...choice('off', 'optional', 'required'),
        restart: true,
        default: 'off',
        description:
          'Whether clients are asked for a certificate; accounts say which of them logs in, by its fingerprint or by a name that an authority has signed',
      },
      clientAuthority: {
        ...optionalPath,
        mustExist: 'file',
        restart: true,
        description:
          'PEM file of the authorities that sign the certificates of clients; without it fingerprints count alone',
      },
    }),
    ftp: section('What is FTP’s own', {
      banner: {
        type: 'string',
        maxLength: 400,
        pattern: String.raw`^[^\u0000-\u001f\u007f]*$`,
        default: 'wherry ready',
        allowed: 'give one line of at most 400 characters',
        description: 'First words of the greeting',
      },
      hostNames: {
        type: 'array',
        maxItems: 256,
        items: { type: 'string', minLength: 1, maxLength: 253 },
        default: [],
        description: 'Names that HOST may name; all when empty',
      },
      fxpNetworks: {
        ...networks,
        default: [],
        description: 'Peers that may take part in server-to-server transfers, for every account',
      },
      asciiAsBinary: {
        ...flag,
        default: false,
        description: 'Serve TYPE A as octets too, where nobody means text',
      },
      keepPartialUploads: {
        ...flag,
        default: false,
        description:
          'What has come of an upload that breaks off takes its name and the place of an older file, to be resumed; else it is discarded',
      },
    }),
    ssh: section('What is SSH’s own', {
      algorithms: {
        ...choice('modern', 'default', 'compatible'),
        restart: true,
        default: 'default',
        description: '`default` adds to `modern` what clients of some age need, `compatible` the NIST curves',
      },
      hostKeyDirectory: {
        ...optionalPath,
        restart: true,
        description:
          'Directory of the `ssh_host_*_key` files; null for the data directory. SIGHUP reads the files anew',
      },
      tunnel: {
        ...flag,
        restart: true,
        default: true,
        description: 'Whether clients may reach this server’s own FTP ports through their connection',
      },
    }),
    tftp,
    http: section('What is HTTP’s own', {
      trustedProxies: {
        ...networks,
        restart: true,
        default: [],
        description: 'Proxies in front, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed',
      },
      requestsPerMinute: {
        ...positive,
        restart: true,
        default: 600,
        description: 'Requests that one address may make',
      },
      session: {
        ...duration,
        restart: true,
        default: '12h',
        description: 'How long a login to the page lasts',
      },
    }),
    accounts: section('Who logs in; accounts as such are kept in the database', {
      anonymous: {
        ...flag,
        restart: true,
        default: false,
        description: '`anonymous` and `ftp` log in with any password, and read',
      },
      readOnly: { ...flag, restart: true, default: false, description: 'Nobody changes anything' },
      users: {
        type: 'array',
        maxItems: 10_000,
        default: [],
        items: user,
        description: 'Accounts that are made or changed in the database when the file is read',
      },
      external: {
        type: 'array',
        maxItems: 8,
        restart: true,
        default: [],
        items: externalAccounts,
        description:
          'Web services and programs that are asked, in this order, where the database does not accept a login',
      },
    }),
    storage: section('How files are kept', {
      durability: {
        ...choice('os', 'disk'),
        restart: true,
        default: 'os',
        description: 'Hand uploads to the system, or wait until they are on the disk',
      },
    }),
    proxyProtocol: section('Balancers in front that speak the PROXY protocol', {
      networks: {
        ...networks,
        restart: true,
        default: [],
        description:
          'Their addresses: connections from there, and from nowhere else, begin with a PROXY header',
      },
    }),
    limits: section('How many there may be; 0 is any number', {
      sessions: { ...count, default: 10_000, description: 'Sessions of all protocols' },
      sessionsPerAddress: { ...count, default: 0, description: 'Sessions from one address' },
    }),
    timeouts,
    defence,
    bans: section('Keeping networks out that go on offending', {
      automatic: {
        ...flag,
        restart: true,
        default: true,
        description: 'Whether networks are banned by themselves',
      },
      score: {
        ...positive,
        restart: true,
        default: 10,
        description: 'Failed logins, fading, from which on a network is banned',
      },
      first: {
        ...duration,
        restart: true,
        default: '10m',
        description: 'How long the first ban lasts; each further one within a day twice as long',
      },
      longest: { ...duration, restart: true, default: '1d', description: 'And the longest' },
    }),
    speed: section('Of the whole server', {
      upload: { ...optionalRate, default: 'none', description: 'Octets to it' },
      download: { ...optionalRate, default: 'none', description: 'Octets from it' },
    }),
    audit: section('What happened to every file, to be searched with `wherry log`', {
      enabled: { ...flag, restart: true, default: true, description: 'Whether it is kept' },
      keep: { ...duration, restart: true, default: '90d', description: 'For how long' },
      records: { ...positive, restart: true, default: 10_000_000, description: 'How many at most' },
      digestUploads: { ...flag, restart: true, default: false, description: 'SHA-256 of each uploaded file' },
      digestDownloads: {
        ...flag,
        restart: true,
        default: false,
        description: 'And of each downloaded one; it rules out the kernel’s own way of moving octets',
      },
    }),
    hooks: {
      type: 'array',
      maxItems: 64,
      restart: true,
      default: [],
      items: hook,
      description: 'Web services and programs that are told of what has happened',
    },
    beforeHooks: {
      type: 'array',
      maxItems: 64,
      restart: true,
      default: [],
      items: beforeHook,
      description: 'Web services and programs that are asked before something is done, and may refuse',
    },
    log: section('What is told on standard output', {
      detail: {
        ...choice('warnings', 'transfers', 'commands'),
        default: 'commands',
        description: 'Trouble only; logins, transfers and changes too; or also every command and reply',
      },
      format: {
        ...choice('text', 'json'),
        restart: true,
        default: 'text',
        description: 'Lines for people, or a JSON object a line',
      },
      file: {
        ...optionalPath,
        restart: true,
        description: 'A file for the log as JSON lines, beside standard output',
      },
      transferFile: {
        ...optionalPath,
        restart: true,
        description: 'A file in the form of xferlog(5), for the tools that read it',
      },
      rotateSize: {
        ...size,
        restart: true,
        default: '100 MiB',
        description: 'Of a log file that is put aside',
      },
      rotateDaily: { ...flag, restart: true, default: true, description: 'And with each day (UTC)' },
      keepFiles: { ...positive, restart: true, default: 14, description: 'Files put aside that are kept' },
    }),
  },
} as const;

/** The configuration with every default in place and every text turned into what it means. */
export type Config = FromSchema<typeof configSchema, { deserialize: ConvertedFormats }>;

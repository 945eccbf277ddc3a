import type { FromSchema } from 'json-schema-to-ts';
import {
  count,
  duration,
  flag,
  host,
  networks,
  optionalPath,
  path,
  port,
  portRange,
  positive,
  size,
  type ConvertedFormats,
} from './fragments.ts';
import { certificate, choice, section, tftpDirectory, tftpTemplate, user } from './groups.ts';

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
        description: 'Whether clients are asked for a certificate',
      },
      clientAuthority: {
        ...optionalPath,
        mustExist: 'file',
        restart: true,
        description: 'PEM file of the authorities that sign the certificates of clients',
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
    tftp: section('What is TFTP’s own', {
      write: {
        ...choice('off', 'create', 'overwrite'),
        restart: true,
        default: 'off',
        description: 'Only read, make new files, or replace files too',
      },
      allowedNetworks: {
        ...networks,
        restart: true,
        default: [],
        description: 'Networks whose requests are answered; all when empty',
      },
      directories: {
        type: 'array',
        maxItems: 256,
        restart: true,
        default: [],
        items: tftpDirectory,
        description: 'Roots by network and name; the first that fits decides. Without any, the whole tree',
      },
      templates: {
        type: 'array',
        maxItems: 256,
        restart: true,
        default: [],
        items: tftpTemplate,
        description: 'Names whose content is made from a template, anew for each request',
      },
      backslashSeparates: {
        ...flag,
        restart: true,
        default: true,
        description: 'Whether a backslash in a name parts directories',
      },
      lowestClientPort: {
        ...count,
        maximum: 65_535,
        restart: true,
        default: 1024,
        description: 'The lowest port of a client that is answered',
      },
      ports: {
        ...choice('own', 'single'),
        restart: true,
        default: 'own',
        description:
          'Whether each transfer answers from a port of its own, or all from the one that was asked',
      },
      largestUpload: { ...size, restart: true, default: '4 GiB', description: 'Of one uploaded file' },
      transfers: { ...positive, restart: true, default: 2048, description: 'At once, in all' },
      transfersPerAddress: {
        ...positive,
        restart: true,
        default: 256,
        description: 'At once, from one address',
      },
    }),
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
      sessions: { ...count, restart: true, default: 10_000, description: 'Sessions of all protocols' },
      sessionsPerAddress: { ...count, restart: true, default: 0, description: 'Sessions from one address' },
    }),
    timeouts: section('How long things may take', {
      login: { ...duration, default: '1m', description: 'From connecting to a complete login' },
      failedLogin: {
        ...duration,
        default: '500ms',
        description: 'Before a failed login is answered; doubles with each on one connection',
      },
      idle: { ...duration, default: '5m', description: 'Without a command and without a transfer' },
      maximumIdle: { ...duration, default: '2h', description: 'Highest idle time that SITE IDLE may set' },
      connect: { ...duration, default: '30s', description: 'For a data connection to come about' },
      stall: { ...duration, default: '5m', description: 'Without one octet moving on a data connection' },
      tlsHandshake: { ...duration, default: '15s', description: 'For a TLS handshake' },
      abandonedPort: {
        ...duration,
        restart: true,
        default: '1m',
        description: 'Until a passive port that nobody uses is given to another session',
      },
      close: { ...duration, default: '5s', description: 'For the peer to close after the last words' },
    }),
    defence: section('Against guessed passwords and half-open connections, by source network', {
      firstDelay: {
        ...duration,
        restart: true,
        default: '500ms',
        description: 'That the first failure brings',
      },
      largestDelay: {
        ...duration,
        restart: true,
        default: '16s',
        description: 'That one failure adds at most',
      },
      largestPenalty: {
        ...duration,
        restart: true,
        default: '1m',
        description: 'That a network can pile up; what a bystander behind the same address waits at most',
      },
      halfLife: {
        ...duration,
        restart: true,
        default: '2m',
        description: 'In which half of a network’s failures are forgotten',
      },
      failuresPerConnection: {
        ...positive,
        restart: true,
        default: 4,
        description: 'Failures after which a connection is closed',
      },
      halfOpenPerNetwork: {
        ...positive,
        restart: true,
        default: 50,
        description: 'Connections of one network that have not logged in',
      },
      halfOpenStart: {
        ...positive,
        restart: true,
        default: 500,
        description: 'Connections without a login from which on new ones are dropped at random',
      },
      halfOpenFull: {
        ...positive,
        restart: true,
        default: 1000,
        description: 'And from which on every new one is dropped',
      },
      exempt: {
        ...networks,
        restart: true,
        default: ['127.0.0.0/8', '::1/128'],
        description: 'Networks that are never delayed nor refused, as balancers and monitors',
      },
    }),
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
    }),
  },
} as const;

/** The configuration with every default in place and every text turned into what it means. */
export type Config = FromSchema<typeof configSchema, { deserialize: ConvertedFormats }>;

import { count, duration, flag, networks, positive, size } from './fragments.ts';
import { choice, section, tftpDirectory, tftpTemplate } from './groups.ts';

/** The section `tftp`. */
export const tftp = section('What is TFTP’s own', {
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
    description: 'Whether each transfer answers from a port of its own, or all from the one that was asked',
  },
  rollover: {
    enum: [0, 1],
    allowed: 'choose 0 or 1',
    restart: true,
    default: 0,
    description: 'The block number after 65535',
  },
  largestBlock: {
    ...positive,
    minimum: 8,
    maximum: 65_464,
    allowed: 'give a whole number from 8 to 65464',
    restart: true,
    default: 65_464,
    description: 'Octets of the largest block that is granted',
  },
  largestWindow: {
    ...positive,
    maximum: 65_535,
    allowed: 'give a whole number from 1 to 65535',
    restart: true,
    default: 64,
    description: 'Blocks of the largest window that is granted; 512 KiB at most in any case',
  },
  largestUpload: { ...size, restart: true, default: '4 GiB', description: 'Of one uploaded file' },
  transfers: { ...positive, restart: true, default: 2048, description: 'At once, in all' },
  transfersPerAddress: {
    ...positive,
    restart: true,
    default: 256,
    description: 'At once, from one address',
  },
});

/** The section `timeouts`. */
export const timeouts = section('How long things may take', {
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
});

/** The section `defence`. */
export const defence = section('Against guessed passwords and half-open connections, by source network', {
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
});

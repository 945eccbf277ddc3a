import type { HashAlgorithm } from '#core/checksum.ts';
import { parseHashFeature, type Features } from '../wire/features.ts';
import type { PipeliningDepth } from './options.ts';
import type { SiteCommands } from './site-commands.ts';

/** What is known of the program at the other end. */
export interface ServerProfile {
  readonly features: Features;
  /** The SITE commands that it has. */
  readonly site: SiteCommands;
  /** First words that say what it is: of CSID, of the greeting, or of SYST; null when nothing does. */
  readonly software: string | null;
  /** The text of SYST, which hints at the dialect of LIST. */
  readonly system: string | null;
  /** What may be sent ahead. */
  readonly pipelining: PipeliningDepth;
  /** Whether it answers NOOP while a transfer runs, or keeps it for afterwards. */
  readonly keepsAlive: boolean;
  /** Whether it reads no commands from the end of the data it sends until it has confirmed them. */
  readonly waitsAfterData: boolean;
  /** Whether `LIST -a` lists hidden files instead of a directory of that name. */
  readonly listsHidden: boolean;
}

interface KnownProgram {
  readonly pattern: RegExp;
  readonly name: string;
  readonly pipelining: PipeliningDepth;
  readonly keepsAlive: boolean;
  readonly waitsAfterData?: boolean;
  readonly listsHidden: boolean;
}

/**
 * Programs whose sources were looked at. wherry and vsftpd take the next command when the transfer is over; ProFTPD
 * answers 450 to a data command during a transfer, Pure-FTPd 500 to any, but neither looks for one once the data of a
 * download have ended; and pyftpdlib drops the running transfer; in TLS
 * it also leaves a command lying that came in a record behind another one.
 */
const knownPrograms: readonly KnownProgram[] = [
  {
    pattern: /\bName=wherry\b|^wherry ready$/im,
    name: 'wherry',
    pipelining: 'transfers',
    keepsAlive: true,
    listsHidden: true,
  },
  { pattern: /vsFTPd/i, name: 'vsftpd', pipelining: 'transfers', keepsAlive: true, listsHidden: true },
  {
    pattern: /ProFTPD/i,
    name: 'ProFTPD',
    pipelining: 'commands',
    keepsAlive: false,
    waitsAfterData: true,
    listsHidden: true,
  },
  {
    pattern: /Pure-FTPd/i,
    name: 'Pure-FTPd',
    pipelining: 'commands',
    keepsAlive: false,
    waitsAfterData: true,
    listsHidden: true,
  },
  { pattern: /pyftpdlib/i, name: 'pyftpdlib', pipelining: 'none', keepsAlive: true, listsHidden: true },
  {
    pattern: /FileZilla Server/i,
    name: 'FileZilla Server',
    pipelining: 'commands',
    keepsAlive: false,
    listsHidden: false,
  },
  {
    pattern: /Microsoft FTP Service/i,
    name: 'Microsoft FTP Service',
    pipelining: 'none',
    keepsAlive: false,
    listsHidden: false,
  },
];

/** What is said of a server in its greeting and in reply to CSID, FEAT and SYST. */
export interface ServerStatements {
  readonly greeting: string;
  readonly identity: string;
  readonly system: string | null;
  readonly features: Features;
  readonly site: SiteCommands;
}

/** Finds out what a server is; one that nobody knows gets one command at a time. */
export function profileOf({ greeting, identity, system, features, site }: ServerStatements): ServerProfile {
  const said = `${identity}\n${greeting}\n${system ?? ''}`;
  const known = knownPrograms.find(({ pattern }) => pattern.test(said));
  return {
    features,
    site,
    software: known?.name ?? (identity === '' ? softwareIn(greeting) : identity),
    system,
    pipelining: known?.pipelining ?? 'none',
    keepsAlive: known?.keepsAlive ?? false,
    waitsAfterData: known?.waitsAfterData ?? false,
    listsHidden: known?.listsHidden ?? /^UNIX/i.test(system ?? ''),
  };
}

/** What a server takes ahead that says what it is before anybody has logged in. */
export function pipeliningByGreeting(greeting: string): PipeliningDepth {
  return knownPrograms.find(({ pattern }) => pattern.test(greeting))?.pipelining ?? 'none';
}

function softwareIn(greeting: string): string | null {
  const words = greeting.replace(/\s+/g, ' ').trim();
  return words === '' ? null : words.slice(0, 120);
}

/** How a digest can be had: by HASH with this name, or by a command of its own. */
export interface ChecksumWay {
  readonly algorithm: HashAlgorithm;
  readonly verb: string;
  /** What HASH calls it; null for the other commands. */
  readonly hashName: string | null;
}

const olderCommands: readonly (readonly [verb: string, algorithm: HashAlgorithm])[] = [
  ['XSHA512', 'SHA-512'],
  ['XSHA256', 'SHA-256'],
  ['XSHA1', 'SHA-1'],
  ['XSHA', 'SHA-1'],
  ['XMD5', 'MD5'],
  ['MD5', 'MD5'],
  ['XCRC', 'CRC32'],
];

const hashNames: Readonly<Record<string, HashAlgorithm>> = {
  'SHA-512': 'SHA-512',
  SHA512: 'SHA-512',
  'SHA-256': 'SHA-256',
  SHA256: 'SHA-256',
  'SHA-1': 'SHA-1',
  SHA1: 'SHA-1',
  MD5: 'MD5',
  CRC32: 'CRC32',
};

/** Every digest that a server lists, each by the best way to have it. */
export function checksumWays(features: Features): readonly ChecksumWay[] {
  const ways: ChecksumWay[] = [];
  const offer = (way: ChecksumWay): void => {
    if (!ways.some(({ algorithm }) => algorithm === way.algorithm)) ways.push(way);
  };
  const hash = features.get('HASH');
  if (hash !== undefined) {
    for (const name of parseHashFeature(hash).names) {
      const algorithm = Object.hasOwn(hashNames, name) ? hashNames[name] : undefined;
      if (algorithm !== undefined) offer({ algorithm, verb: 'HASH', hashName: name });
    }
  }
  for (const [verb, algorithm] of olderCommands) {
    if (features.has(verb)) offer({ algorithm, verb, hashName: null });
  }
  return ways;
}

import { isIP } from 'node:net';
import { WherryError } from '#core/errors.ts';
import { compileName } from '../access/wildcard.ts';
import { compileNetworks, isNetwork } from '../settings/networks.ts';

/** What the options before a key in an authorized_keys file say of it (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
export interface KeyOptions {
  /** Addresses, networks and patterns the key may be used from, `!` before those it may not; null for any. */
  readonly from: readonly string[] | null;
  /** Milliseconds since 1970 in UTC from which on the key does not count; null for never. */
  readonly expiresAt: number | null;
  /** Whether a login with this key may not forward connections. */
  readonly noForwarding: boolean;
  /** Whether the key is no login by itself but signs the certificates of this account. */
  readonly certificateAuthority: boolean;
  /** Principals one of which such a certificate must have; null for the account's own. */
  readonly principals: readonly string[] | null;
}

export const noKeyOptions: KeyOptions = Object.freeze({
  from: null,
  expiresAt: null,
  noForwarding: false,
  certificateAuthority: false,
  principals: null,
});

type Reader = (value: string | null) => Partial<KeyOptions>;

/** Options that forbid or allow what wherry never offers over SSH: terminals, X11, agents and start files. */
const without: Reader = () => ({});

const readers: Readonly<Record<string, Reader>> = {
  from: (value) => ({ from: readFrom(required(value, 'from')) }),
  'expiry-time': (value) => ({ expiresAt: readExpiry(required(value, 'expiry-time')) }),
  restrict: () => ({ noForwarding: true }),
  'no-port-forwarding': () => ({ noForwarding: true }),
  'port-forwarding': () => ({ noForwarding: false }),
  'cert-authority': () => ({ certificateAuthority: true }),
  principals: (value) => ({ principals: required(value, 'principals').split(',').filter(Boolean) }),
  command: readCommand,
  'no-pty': without,
  pty: without,
  'no-x11-forwarding': without,
  'x11-forwarding': without,
  'no-agent-forwarding': without,
  'agent-forwarding': without,
  'no-user-rc': without,
  'user-rc': without,
};

/**
 * Reads the options of a key. One that demands what wherry cannot keep to is refused and not passed over.
 *
 * @throws WherryError `invalid-argument` for options that are unknown, unsupported or malformed
 */
export function parseKeyOptions(text: string): KeyOptions {
  const options = { ...noKeyOptions };
  for (const { name, value } of splitOptions(text)) {
    const word = name.toLowerCase();
    const read = Object.hasOwn(readers, word) ? readers[word] : undefined;
    if (read === undefined) {
      throw invalid(
        `the option ${name.slice(0, 40)} is not supported: leave it out, or do not give this key`,
      );
    }
    Object.assign(options, read(value));
  }
  return Object.freeze(options);
}

/** A test whether a key may be used from an address. */
export function compileFrom(from: readonly string[]): (address: string) => boolean {
  const rules = from.map((word) => {
    const negated = word.startsWith('!');
    const pattern = negated ? word.slice(1) : word;
    const fits = isNetwork(pattern) ? compileNetworks([pattern]) : compileName(pattern.toLowerCase());
    return { negated, fits };
  });
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/iu, '').toLowerCase();
    if (rules.some(({ negated, fits }) => negated && fits(plain))) return false;
    return rules.some(({ negated, fits }) => !negated && fits(plain));
  };
}

function required(value: string | null, name: string): string {
  if (value === null || value === '') throw invalid(`the option ${name} needs a value in double quotes`);
  return value;
}

function readFrom(value: string): readonly string[] {
  const words = value.split(',').filter((word) => word !== '');
  for (const word of words) {
    const pattern = word.replace(/^!/u, '');
    if (isNetwork(pattern) || isIP(pattern) !== 0 || /^[\d.*?]+$|^[\da-f:*?]+$/iu.test(pattern)) continue;
    throw invalid(`from="${word.slice(0, 60)}" is no address or network; names of hosts are not looked up`);
  }
  return words;
}

/** `YYYYMMDD[HHMM[SS]]`, in UTC with a `Z` at the end, else in the time of this machine. */
function readExpiry(value: string): number {
  const found = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?(Z?)$/u.exec(value);
  if (found === null)
    throw invalid(`expiry-time="${value.slice(0, 40)}" is no time as 20300131 or 203001312359Z`);
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone] = found;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone === 'Z' ? 'Z' : ''}`);
  if (Number.isNaN(at)) throw invalid(`expiry-time="${value}" names no day there is`);
  return at;
}

function readCommand(value: string | null): Partial<KeyOptions> {
  if (value === 'internal-sftp') return {};
  throw invalid(
    'the option command is not supported, since wherry runs no commands: only "internal-sftp" is',
  );
}

/** Options stand with commas between them; a value in double quotes may hold commas, spaces and `\"`. */
function splitOptions(text: string): readonly { readonly name: string; readonly value: string | null }[] {
  const found: { name: string; value: string | null }[] = [];
  const pattern = /([A-Za-z0-9-]+)(?:="((?:\\"|[^"])*)")?(,|$)/uy;
  while (pattern.lastIndex < text.length) {
    const option = pattern.exec(text);
    if (option === null) throw invalid('its options are not written as in an authorized_keys file');
    found.push({ name: option[1] ?? '', value: option[2]?.replaceAll('\\"', '"') ?? null });
  }
  return found;
}

function invalid(reason: string): WherryError {
  return new WherryError('invalid-argument', `Cannot read the key: ${reason}`);
}

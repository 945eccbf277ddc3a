import { WherryError } from '#core/errors.ts';
import { formatAddress, parseAddress } from './address.ts';
import { trimmedArgument } from './command-line.ts';

/** Which server of several on one address a client means. */
export type HostArgument =
  { readonly kind: 'name'; readonly name: string } | { readonly kind: 'address'; readonly address: string };

/**
 * Reads the argument of HOST (RFC 7151 section 3.1): a name, in lower case and without a dot at its end, an IPv4
 * address, or an IPv6 address in brackets. A port is not allowed.
 *
 * @throws WherryError `invalid-argument`
 */
export function parseHostArgument(argument: string | null): HostArgument {
  const text = trimmedArgument(argument) ?? '';
  if (text.startsWith('[')) {
    const inner = text.endsWith(']') ? text.slice(1, -1) : '';
    const address = inner.includes(':') && !inner.includes('%') ? parseAddress(inner) : null;
    if (address === null) throw invalid();
    return { kind: 'address', address: formatAddress(address) };
  }
  const address = text.includes(':') ? null : parseAddress(text);
  if (address !== null) return { kind: 'address', address: formatAddress(address) };
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  const labels = name.split('.');
  const wellFormed = labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  if (name.length > 253 || !wellFormed || /^\d+$/.test(labels.at(-1) ?? '')) throw invalid();
  return { kind: 'name', name };
}

function invalid(): WherryError {
  return new WherryError(
    'invalid-argument',
    'HOST takes a name or an address, an IPv6 one in brackets, no port',
  );
}

import { WherryError } from '#core/errors.ts';
import { maximumBlockSize } from '../wire/limits.ts';
import { defaultRetransmissionTimes } from '../wire/retransmission.ts';
import type { TftpLimits, TftpPolicy, TftpServerOptions, TftpSettings } from './options.ts';

/** Read-only, for everybody, from the account's home. */
export const defaultTftpPolicy: TftpPolicy = Object.freeze({
  write: 'off',
  allowedNetworks: Object.freeze([]),
  directories: Object.freeze([]),
  templates: Object.freeze([]),
  backslashSeparates: true,
  lowestClientPort: 1024,
});

/** Room for a building that boots at once; the largest window is that of tftpd-hpa. */
export const defaultTftpLimits: TftpLimits = Object.freeze({
  transfers: 2048,
  transfersPerAddress: 256,
  uploadBytes: 4 * 1024 ** 3,
  blockSize: maximumBlockSize,
  windowSize: 64,
  windowBytes: 512 * 1024,
  templateBytes: 1024 * 1024,
  transferMs: 6 * 3600 * 1000,
  unprovenMs: 60_000,
});

const defaultPort = 69;
const highestPort = 65_535;
const defaultAddressCheckMs = 10_000;

/**
 * Copies options and puts in the defaults.
 *
 * @throws WherryError `invalid-argument` for numbers that cannot be
 */
export function settle(options: TftpServerOptions): TftpSettings {
  const settings: TftpSettings = {
    host: options.host ?? '::',
    port: options.port ?? defaultPort,
    accountFor: options.accountFor,
    events: options.events,
    sessions: options.sessions,
    policy: Object.freeze({ ...defaultTftpPolicy, ...options.policy }),
    limits: Object.freeze({ ...defaultTftpLimits, ...options.limits }),
    times: Object.freeze({ ...defaultRetransmissionTimes, ...options.times }),
    ports: options.ports ?? 'own',
    rollover: options.rollover ?? 0,
    reusePort: options.reusePort ?? false,
    addressCheckMs: options.addressCheckMs ?? defaultAddressCheckMs,
    digest: options.digest ?? false,
  };
  const { port, limits, times } = settings;
  if (!Number.isInteger(port) || port < 0 || port > highestPort) throw invalid('the port', port);
  for (const [name, value] of [...Object.entries(limits), ...Object.entries(times)]) {
    if (!Number.isFinite(value) || value < (name === 'retries' ? 0 : 1)) throw invalid(name, value);
  }
  return Object.freeze(settings);
}

function invalid(name: string, value: number): WherryError {
  return new WherryError('invalid-argument', `Cannot serve TFTP: ${name} cannot be ${value}`);
}

import { resolve } from 'node:path';
import type { ListenerFacts } from '#engine/events.ts';
import type { PrivateKey } from '#protocols/ssh/keys/private-key.ts';
import type { Config } from '#server/config/schema.ts';
import { hostKeyFacts } from '#server/host-keys.ts';
import type { MadeAccount } from './serve-accounts.ts';

const protocolTitles: Readonly<Record<string, string>> = {
  ftp: 'FTP, with TLS when asked',
  ftps: 'FTP in TLS',
  sftp: 'SFTP and SCP',
  tftp: 'TFTP, for everybody',
  http: 'Web page and REST',
};

/** A host key as it stands in the report of a start. */
export function describeHostKey(key: PrivateKey): string {
  const { type, fingerprintSha256 } = hostKeyFacts(key);
  return `  host key ${type.padEnd(7)} ${fingerprintSha256}`;
}

/** An account with its password, for the one time it is shown. */
export function describeAccount({ name, password }: MadeAccount): readonly string[] {
  return [`  account   ${name}`, `  password  ${password.reveal()}   (shown only now)`];
}

/** What a person wants to know when the server has started. */
export function describeStart(
  config: Config,
  listeners: readonly ListenerFacts[],
  facts: {
    readonly made: MadeAccount | null;
    readonly fingerprint: string;
    readonly hostKeys: readonly PrivateKey[];
  },
): string {
  const rows = listeners.map(({ protocol, host, port }) => {
    const shown = host === '::' || host === '0.0.0.0' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    return `  ${(protocolTitles[protocol] ?? protocol).padEnd(26)} ${protocol}://${shown}:${port}/`;
  });
  const account = facts.made === null ? [] : ['', ...describeAccount(facts.made)];
  const anonymous = config.accounts.anonymous ? ['', '  anonymous logins may read'] : [];
  return [
    '',
    `wherry serves ${resolve(config.directory)}`,
    '',
    ...rows,
    ...account,
    ...anonymous,
    '',
    `  certificate SHA-256 ${facts.fingerprint}`,
    ...facts.hostKeys.map((key) => describeHostKey(key)),
    '',
    'Stop with Ctrl+C.',
    '',
    '',
  ].join('\n');
}

import { describeErrorCode, toWherryError } from '#core/errors.ts';
import type { ClockProblem } from '#core/known-time.ts';
import { parseAddress, parseNetwork, classifyAddress } from '#protocols/ftp/wire/address.ts';
import { loadCertificates } from '../certificates.ts';
import type { LoadedConfig } from './load-config.ts';
import { valueAt, type SettingPath } from './json-path.ts';
import type { Config } from './schema.ts';
import { isSecretInTheOpen } from './secrets.ts';

/** How much a finding matters. */
export type Risk = 'high' | 'medium' | 'low';

/** Something in a configuration that is risky, or that clients will stumble over. */
export interface GradeFinding {
  readonly risk: Risk;
  /** The setting. */
  readonly setting: string;
  /** Where it was given: a line of the file, a flag, or the defaults. */
  readonly origin: string;
  /** What is risky, and why. */
  readonly reason: string;
  /** The line of the file that cures it. */
  readonly cure: string;
}

/** What a grade stands on beside the settings. */
export interface GradeFacts {
  readonly now: number;
  /** Effective user of the process is root. */
  readonly isRoot: boolean;
  readonly clock: ClockProblem | null;
}

type Check = (config: Config, facts: GradeFacts) => Omit<GradeFinding, 'origin' | 'setting'> | null;

const lowestFreePort = 1024;
/** A passive port stays taken for a minute after its transfer, so this is what a busy minute needs. */
const fewPassivePorts = 100;

/** Rows in the order of what they tell: who gets in, what is seen on the way, what may be done, how it runs. */
const checks: readonly { readonly path: readonly string[]; readonly check: Check }[] = [
  {
    path: ['tls', 'require'],
    check: ({ tls, listen }) =>
      tls.require || (listen.ftp === null && listen.http === null)
        ? null
        : finding(
            'medium',
            'Clients may log in without TLS, and whoever listens on the way reads their passwords and files',
            'tls: { require: true }',
          ),
  },
  {
    path: ['tls', 'certificates'],
    check: ({ tls, listen }) =>
      tls.certificates.length > 0 || (listen.ftp === null && listen.ftps === null && listen.http === null)
        ? null
        : finding(
            'medium',
            'The certificate is of wherry’s own making: clients cannot know it, and people learn to accept any',
            'tls: { certificates: [{ certificate: /etc/…/fullchain.pem, key: /etc/…/privkey.pem }] }',
          ),
  },
  {
    path: ['tls', 'sessionReuse'],
    check: ({ tls }) =>
      tls.sessionReuse === 'off'
        ? finding(
            'medium',
            'Data connections need not belong to the session of their control connection: whoever guesses a passive port may take a transfer',
            'tls: { sessionReuse: prefer }',
          )
        : null,
  },
  {
    path: ['tls', 'requireCloseNotify'],
    check: ({ tls }) =>
      tls.requireCloseNotify
        ? null
        : finding(
            'medium',
            'An upload that somebody on the way cuts short is taken for a whole file',
            'tls: { requireCloseNotify: true }',
          ),
  },
  {
    path: ['tls', 'allowClearCommandChannel'],
    check: ({ tls }) =>
      tls.allowClearCommandChannel
        ? finding(
            'medium',
            'After CCC everybody on the way can read and change commands',
            'tls: { allowClearCommandChannel: false }',
          )
        : null,
  },
  {
    path: ['accounts', 'anonymous'],
    check: ({ accounts }) =>
      accounts.anonymous
        ? finding(
            'low',
            'Everybody reads everything in the served directory',
            'accounts: { anonymous: false }',
          )
        : null,
  },
  {
    path: ['ftp', 'fxpNetworks'],
    check: ({ ftp }) =>
      ftp.fxpNetworks.some((network) => isWide(network))
        ? finding(
            'high',
            'Server-to-server transfers are open to wide networks: the server can be made to connect to others’ ports (FTP bounce, RFC 2577)',
            'ftp: { fxpNetworks: [] }',
          )
        : null,
  },
  {
    path: ['proxyProtocol', 'networks'],
    check: ({ proxyProtocol }) =>
      proxyProtocol.networks.some((network) => isWide(network))
        ? finding(
            'high',
            'Everybody in these networks may claim any address, which undoes bans, limits and the log',
            'proxyProtocol: { networks: [192.0.2.10/32] }',
          )
        : null,
  },
  {
    path: ['http', 'trustedProxies'],
    check: ({ http }) =>
      http.trustedProxies.some((network) => isWide(network))
        ? finding(
            'high',
            'Everybody in these networks may claim any address',
            'http: { trustedProxies: [192.0.2.10/32] }',
          )
        : null,
  },
  {
    path: ['defence', 'exempt'],
    check: ({ defence }) =>
      defence.exempt.some((network) => isWide(network))
        ? finding(
            'high',
            'Passwords may be guessed from these networks at full speed',
            'defence: { exempt: [127.0.0.0/8, "::1/128"] }',
          )
        : null,
  },
  {
    path: ['bans', 'automatic'],
    check: ({ bans }) =>
      bans.automatic
        ? null
        : finding(
            'low',
            'Who goes on guessing is slowed down and never kept out',
            'bans: { automatic: true }',
          ),
  },
  {
    path: ['tftp', 'write'],
    check: ({ tftp }) =>
      tftp.write === 'off' || tftp.allowedNetworks.length > 0
        ? null
        : finding(
            tftp.write === 'overwrite' ? 'high' : 'medium',
            'Everybody who reaches the TFTP port may write files: TFTP knows no logins',
            'tftp: { allowedNetworks: [192.0.2.0/24] }',
          ),
  },
  {
    path: ['ssh', 'algorithms'],
    check: ({ ssh, listen }) =>
      ssh.algorithms === 'compatible' && listen.sftp !== null
        ? finding(
            'low',
            'Key exchanges are offered that only old clients need',
            'ssh: { algorithms: default }',
          )
        : null,
  },
  {
    path: ['audit', 'enabled'],
    check: ({ audit }) =>
      audit.enabled
        ? null
        : finding('low', 'Nobody can say afterwards what happened to a file', 'audit: { enabled: true }'),
  },
  {
    path: ['limits', 'sessionsPerAddress'],
    check: ({ limits }) =>
      limits.sessionsPerAddress === 0
        ? finding(
            'low',
            'One address may hold all the sessions there are',
            'limits: { sessionsPerAddress: 50 }',
          )
        : null,
  },
  {
    path: ['passive', 'ports'],
    check: ({ passive: { ports }, listen }) => {
      const count = ports[1] - ports[0] + 1;
      return (listen.ftp === null && listen.ftps === null) || ports[0] === 0 || count >= fewPassivePorts
        ? null
        : finding(
            'low',
            `${count} passive ports are used up by ${count} transfers within a minute; further ones fail`,
            'passive: { ports: 50000-50999 }',
          );
    },
  },
  {
    path: ['passive', 'address'],
    check: ({ passive: { address } }) => {
      const parsed = address === null ? null : parseAddress(address);
      return parsed === null || classifyAddress(parsed) === 'public'
        ? null
        : finding(
            'low',
            `Clients are told to connect to ${address}, which nobody reaches from the internet`,
            'passive: { address: … }, the one that clients reach this machine at',
          );
    },
  },
  {
    path: ['listen'],
    check: ({ listen: { ftp, ftps, sftp, http } }, { isRoot }) => {
      const low = [ftp, ftps, sftp, http].filter(
        (port) => port !== null && port > 0 && port < lowestFreePort,
      );
      return low.length > 0 && !isRoot
        ? finding(
            'low',
            `Ports below ${lowestFreePort} (${low.join(', ')}) need root, or systemd’s unit, which hands the right over`,
            'listen: { ftp: 2121, ftps: 2990, sftp: 2022 }',
          )
        : null;
    },
  },
];

/** Everything risky in a configuration, the worst first. */
export async function gradeConfig(loaded: LoadedConfig, facts: GradeFacts): Promise<readonly GradeFinding[]> {
  const { config, originOf } = loaded;
  const place = (path: SettingPath): Pick<GradeFinding, 'setting' | 'origin'> => ({
    setting: path.join('.'),
    origin: originOf(path),
  });
  const found = checks.flatMap(({ path, check }) => {
    const told = check(config, facts);
    return told === null ? [] : [{ ...told, ...place(path) }];
  });
  const certificates = await certificateFindings(config, facts.now);
  found.push(
    ...certificates.map((told) => ({ ...told, ...place(['tls', 'certificates']) })),
    ...openSecrets(loaded).map((path) => ({
      ...finding(
        'medium',
        'A password stands in the file itself, for everybody who may read it',
        'password: file:secrets/name, or env:NAME',
      ),
      ...place(path),
    })),
  );
  if (facts.clock !== null) {
    const { reason, cure } = facts.clock;
    found.push({ ...finding('high', reason, cure), setting: 'system clock', origin: 'this machine' });
  }
  const order: readonly Risk[] = ['high', 'medium', 'low'];
  return found.toSorted((left, right) => order.indexOf(left.risk) - order.indexOf(right.risk));
}

/** The letter of a grade: A without any finding of weight, F with a high one among several. */
export function gradeLetter(findings: readonly GradeFinding[]): 'A' | 'B' | 'C' | 'F' {
  const count = (risk: Risk): number => findings.filter((found) => found.risk === risk).length;
  if (count('high') > 0) return 'F';
  if (count('medium') > 1) return 'C';
  return count('medium') === 1 ? 'B' : 'A';
}

const dayMs = 86_400_000;
const soonMs = 21 * dayMs;

async function certificateFindings(
  { tls }: Config,
  now: number,
): Promise<readonly Omit<GradeFinding, 'setting' | 'origin'>[]> {
  if (tls.certificates.length === 0) return [];
  try {
    const { entries } = await loadCertificates(
      tls.certificates.map(({ certificate, key }) => ({ certificateFile: certificate, keyFile: key })),
    );
    return entries.flatMap(({ validUntil, certificate }) => {
      if (validUntil > now + soonMs) return [];
      const day = new Date(validUntil).toISOString().slice(0, 10);
      const name = certificate.subjectAltName ?? certificate.subject;
      const reason = `The certificate of ${name} ${validUntil > now ? 'ends' : 'has ended'} on ${day}`;
      return [
        finding(validUntil > now ? 'medium' : 'high', reason, 'renew it, and then: wherry config reload'),
      ];
    });
  } catch (thrown) {
    const error = toWherryError(thrown, 'use the certificate');
    return [
      finding(
        'high',
        `${error.message || describeErrorCode(error.code)}: the server will not start`,
        'name a certificate and its key',
      ),
    ];
  }
}

function openSecrets({ written, config }: LoadedConfig): readonly SettingPath[] {
  const paths: SettingPath[] = [
    ...config.accounts.users.map((_, index) => ['accounts', 'users', index, 'password']),
    ...config.accounts.external.map((_, index) => ['accounts', 'external', index, 'secret']),
    ...config.hooks.map((_, index) => ['hooks', index, 'secret']),
    ...config.beforeHooks.map((_, index) => ['beforeHooks', index, 'secret']),
  ];
  return paths.filter((path) => {
    const value = valueAt(written, path);
    return typeof value === 'string' && isSecretInTheOpen(value);
  });
}

function finding(risk: Risk, reason: string, cure: string): Omit<GradeFinding, 'setting' | 'origin'> {
  return { risk, reason, cure };
}

/** More than a site: half of a class A, or the whole of a provider's IPv6. */
function isWide(text: string): boolean {
  const network = parseNetwork(text);
  if (network === null) return false;
  const { address, prefixLength } = network;
  const isOwn = address.family === 4 && address.octets[0] === 127;
  return !isOwn && prefixLength < (address.family === 4 ? 12 : 32);
}

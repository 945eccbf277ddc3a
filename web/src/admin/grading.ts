import type { CertificateRecord, ListenerRecord } from '#protocols/http/contract/admin/records.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly weight: 'good' | 'better' | 'bad';
  readonly text: string;
  readonly remedy?: string;
}

export interface GradeFacts {
  /** The settings of wherry.yaml as they hold. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly certificates: readonly CertificateRecord[];
  readonly listeners: readonly ListenerRecord[];
  readonly now: number;
}

const dayMs = 86_400_000;
/** Renewing takes people some days. */
const expiryWarningMs = 21 * dayMs;

function read(settings: GradeFacts['settings'], path: string): unknown {
  let value: unknown = settings;
  for (const part of path.split('.'))
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  return value;
}

type Check = (facts: GradeFacts) => Finding;

const checks: readonly Check[] = [
  ({ settings }) =>
    read(settings, 'tls.require') === true
      ? { weight: 'good', text: 'FTP is used over TLS only.' }
      : {
          weight: 'bad',
          text: 'FTP takes passwords in the clear.',
          remedy: 'Set tls.require: true (or start with --require-tls).',
        },
  ({ settings }) =>
    read(settings, 'tls.sessionReuse') === 'require'
      ? { weight: 'good', text: 'A data connection proves that it belongs to its control connection.' }
      : {
          weight: 'better',
          text: 'A data connection need not prove that it belongs to its control connection.',
          remedy: 'Set tls.sessionReuse: require once every client resumes its session.',
        },
  ({ settings }) =>
    read(settings, 'tls.minimumVersion') === 'TLSv1.3'
      ? { weight: 'good', text: 'Only TLS 1.3 is spoken.' }
      : { weight: 'good', text: 'TLS 1.2 and 1.3 are spoken, nothing older.' },
  ({ settings }) =>
    read(settings, 'tls.allowClearCommandChannel') === true
      ? {
          weight: 'better',
          text: 'Clients may leave TLS after their login (CCC).',
          remedy: 'Set tls.allowClearCommandChannel: false unless a firewall needs to read along.',
        }
      : { weight: 'good', text: 'Nobody leaves TLS after the login.' },
  ({ settings }) =>
    read(settings, 'ssh.algorithms') === 'compatible'
      ? {
          weight: 'bad',
          text: 'SSH takes algorithms that are broken, for old clients.',
          remedy: 'Set ssh.algorithms: default, and see in the log whom that keeps out.',
        }
      : { weight: 'good', text: 'SSH takes sound algorithms only.' },
  ({ settings }) =>
    read(settings, 'accounts.anonymous') === true
      ? {
          weight: 'better',
          text: 'Everybody may look and download without an account.',
          remedy: 'Right for a public mirror; otherwise set accounts.anonymous: false.',
        }
      : { weight: 'good', text: 'Nobody gets in without an account.' },
  ({ listeners }) =>
    listeners.some(({ protocol }) => protocol === 'tftp')
      ? {
          weight: 'better',
          text: 'TFTP answers everybody it can reach.',
          remedy: 'Let only the networks of your devices in: tftp.allowedNetworks.',
        }
      : { weight: 'good', text: 'TFTP is off.' },
  ({ certificates, now }) => {
    const soonest = Math.min(...certificates.map(({ validTo }) => validTo));
    if (certificates.length === 0) return { weight: 'good', text: 'No certificate is in use.' };
    if (soonest < now)
      return { weight: 'bad', text: 'A certificate has expired.', remedy: 'Renew it, then reload.' };
    return soonest < now + expiryWarningMs
      ? {
          weight: 'better',
          text: `A certificate expires in ${Math.ceil((soonest - now) / dayMs)} days.`,
          remedy: 'Renew it, then reload.',
        }
      : { weight: 'good', text: 'All certificates are valid for a while.' };
  },
  ({ certificates }) =>
    certificates.some(({ subject, issuer }) => subject === issuer)
      ? {
          weight: 'better',
          text: 'A certificate is signed by itself: every client asks its user whether to trust it.',
          remedy: 'Name one of an authority in tls.certificates.',
        }
      : { weight: 'good', text: 'Certificates are signed by an authority.' },
];

/** A letter from A to F, and what it is made of: two steps for what is bad, one for each three that could be better. */
export function gradeOf(facts: GradeFacts): {
  readonly letter: string;
  readonly findings: readonly Finding[];
} {
  const order = { bad: 0, better: 1, good: 2 };
  const findings = checks
    .map((check) => check(facts))
    .sort((one, other) => order[one.weight] - order[other.weight]);
  const count = (weight: Finding['weight']): number => findings.filter((one) => one.weight === weight).length;
  const steps = count('bad') * 2 + Math.ceil(count('better') / 3);
  return { letter: 'ABCDEF'[Math.min(5, steps)] ?? 'F', findings };
}

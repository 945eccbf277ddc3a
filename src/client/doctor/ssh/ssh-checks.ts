import type { Connection } from '#core/connection.ts';
import { toWherryError, WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';
import { algorithmSets } from '#protocols/ssh/algorithms.ts';
import { connectSsh } from '#protocols/ssh/client/client-connection.ts';
import { judgeHostKey, knownHostName, preferredHostKeyAlgorithms } from '#protocols/ssh/keys/known-hosts.ts';
import { fingerprintOf } from '#protocols/ssh/keys/public-key.ts';
import type { Negotiated } from '#protocols/ssh/transport/transport-options.ts';
import { openSshSite, type SshSite } from '#protocols/ssh/client/open-site.ts';
import { withSshLogin } from '../../connect/ssh-site.ts';
import { connectors } from '../../connect/connector.ts';
import { recogniseService } from '../ftp/first-words.ts';
import {
  checkRemoteClock,
  checkRemoteListing,
  checkRemoteWrite,
  type RemotePatient,
} from '../remote-checks.ts';
import { ok, problem, warning, type Outcome } from '../finding.ts';
import { networkChecks } from '../network-checks.ts';
import { takeSocket, type Patient } from '../patient.ts';
import { peek } from '../peek.ts';
import type { Check } from '../run-checks.ts';
import { defaultKnownHostsFiles, readKnownHosts } from '../../trust/known-hosts-files.ts';

/** An SSH server under examination, and what a first connection without a login showed of it. */
export interface SshPatient extends RemotePatient {
  readonly user: string;
  hostKey: {
    readonly type: string;
    readonly fingerprint: string;
    readonly verdict: 'known' | 'unknown' | 'changed' | 'revoked';
    readonly lineNumbers: readonly number[];
  } | null;
  negotiated: Negotiated | null;
  /** What the server said to a login with nothing to show, which names the ways it takes. */
  ways: string | null;
  /** The connection that a tunnel goes through; null until the login. */
  site: SshSite | null;
}

/** Makes an examination of SSH from that of any server. */
export function sshPatient(patient: Patient, user: string): SshPatient {
  return Object.assign(patient, {
    user,
    hostKey: null,
    negotiated: null,
    ways: null,
    site: null,
    connection: null,
    clockMs: null,
  });
}

async function hearIdentification(patient: SshPatient, signal: AbortSignal): Promise<Outcome> {
  const socket = takeSocket(patient);
  const first = await peek(socket, patient.times.replyMs);
  if (first === null || first.length === 0 || !first.toString('latin1').includes('SSH-')) {
    socket.destroy();
    return noSsh(first);
  }
  const { host, port, user, options } = patient;
  const policy = options.ssh?.hostKeys ?? {};
  const known = await readKnownHosts(policy.knownHostsFiles ?? defaultKnownHostsFiles());
  const name = knownHostName(host, port);
  let software = '';
  const algorithms = algorithmSets.compatible;
  try {
    const ssh = await connectSsh(socket, {
      user,
      // Nothing secret is sent here, so that a key which is not trusted does no harm.
      credentials: [],
      algorithms,
      hostKeyAlgorithms: preferredHostKeyAlgorithms(known, name, algorithms.hostKeys),
      verifyHostKey: (key) => {
        const found = judgeHostKey(known, name, key, Date.now());
        patient.hostKey = {
          type: key.publicKey.type,
          fingerprint: fingerprintOf(key.publicKey.blob),
          verdict: found.verdict,
          lineNumbers: found.verdict === 'changed' ? found.lineNumbers : [],
        };
      },
      limits: { authenticationTimeoutMs: patient.times.replyMs },
      signal,
      onEvent: (event) => {
        if (event.event === 'identified') software = event.software;
        if (event.event === 'negotiated' && event.initial) patient.negotiated = event;
      },
    });
    patient.ways = 'the server lets anybody in without a proof';
    ssh.close();
  } catch (thrown) {
    const error = toWherryError(thrown, 'speak SSH');
    if (patient.negotiated === null) return noAgreement(software, error);
    patient.ways = error.message;
  }
  return ok(`the server is ${printableName(software)}`);
}

function noSsh(first: Buffer | null): Outcome {
  const recognised = first === null ? null : recogniseService(first);
  const shown = printableName((first ?? Buffer.alloc(0)).subarray(0, 80).toString('latin1').trimEnd());
  if (first === null || first.length === 0) {
    return problem(
      first === null ? 'timeout' : 'connection-lost',
      'the connection is accepted and nothing is said',
      {
        side: 'server',
        cause:
          'the server keeps this address out, has too many logins under way (MaxStartups), or is no SSH server',
        remedy: 'wait and try again; at the server: see its log and its bans',
      },
    );
  }
  return problem('protocol', `what answers begins with "${shown}"`, {
    side: 'here',
    cause: `this is no SSH server${recognised === null ? '' : `: it looks like ${recognised.name}`}`,
    remedy:
      recognised?.name === 'an FTP server'
        ? 'use ftp:// for this port, or the port of SSH, which is 22 as a rule'
        : 'check host and port of the URL',
  });
}

function noAgreement(software: string, error: WherryError): Outcome {
  return problem(error.code, `the server is ${printableName(software)}; ${error.message}`, {
    side: 'server',
    cause:
      'server and client find no algorithms that both take, or the server broke off: it offers only what is broken by now (SHA-1, CBC, short groups), or too many logins are under way',
    remedy: 'at the server: bring SSH up to date; "wherry doctor --verbose" shows what was said',
  });
}

function checkAlgorithms({ negotiated }: SshPatient): Promise<Outcome> {
  if (negotiated === null) throw new WherryError('protocol', 'No keys were agreed on');
  const { keyExchange, hostKey, clientToServer, strict } = negotiated;
  const { cipher, mac } = clientToServer;
  const seen = [keyExchange, hostKey, cipher, ...(mac === null ? [] : [mac])].join(', ');
  const isExposed = !strict && (cipher.startsWith('chacha20') || (mac ?? '').includes('-etm@'));
  if (!isExposed) return Promise.resolve(ok(`agreed on ${seen}`));
  return Promise.resolve(
    warning(`agreed on ${seen}`, {
      side: 'server',
      cause:
        'the server does not guard packet numbers (strict key exchange), so that somebody on the way could drop packets (Terrapin, CVE-2023-48795)',
      remedy: 'at the server: bring SSH up to date',
    }),
  );
}

function checkHostKey({ hostKey, options, host }: SshPatient): Promise<Outcome> {
  if (hostKey === null) throw new WherryError('protocol', 'The server showed no host key');
  const { type, fingerprint, verdict, lineNumbers } = hostKey;
  const { pins, mode = 'strict', knownHostsFiles = defaultKnownHostsFiles() } = options.ssh?.hostKeys ?? {};
  const seen = `${type} ${fingerprint}`;
  const pinned = pins?.includes(fingerprint) === true;
  if (pinned || (pins === undefined && verdict === 'known')) {
    return Promise.resolve(ok(`${seen}, ${pinned ? 'as pinned' : 'known'}`));
  }
  if (pins === undefined && mode === 'off' && verdict !== 'revoked') {
    return Promise.resolve(
      warning(`${seen}, taken without a check`, {
        side: 'here',
        cause: 'nobody knows with whom this machine speaks (--host-keys off)',
        remedy: 'make the key known: --host-keys accept-new',
      }),
    );
  }
  if (verdict === 'unknown' && pins === undefined && mode === 'accept-new') {
    return Promise.resolve(ok(`${seen}, new; the login makes it known`));
  }
  const file = knownHostsFiles[0] ?? 'known_hosts';
  if (verdict === 'changed' || pins !== undefined) {
    const where =
      lineNumbers.length === 0 ? '' : ` (line ${lineNumbers.join(', ')} of ${file} says otherwise)`;
    return Promise.resolve(
      problem('not-trusted', `${seen}, not the key that is known${where}`, {
        side: 'server',
        cause:
          'the host key has changed: the server was set up anew or moved; or somebody stands between and reads along',
        remedy: `ask the owner of the server for the fingerprint over another channel. Only when it is the one above: remove the old key with "ssh-keygen -R ${host}" and connect again. No password was sent`,
      }),
    );
  }
  return Promise.resolve(
    problem('not-trusted', `${seen}, ${verdict === 'revoked' ? 'revoked' : 'not known yet'}`, {
      side: 'here',
      cause:
        verdict === 'revoked'
          ? 'this key was declared to be stolen'
          : 'this machine has not met the server yet',
      remedy:
        verdict === 'revoked'
          ? 'do not connect; ask the owner of the server'
          : 'compare the fingerprint with what the owner of the server tells you, and take it once with --host-keys accept-new. No password was sent',
    }),
  );
}

function checkWays({ ways }: SshPatient): Promise<Outcome> {
  return Promise.resolve(ok(`to a login with nothing to show: ${ways ?? ''}`));
}

async function logIn(patient: SshPatient, signal: AbortSignal): Promise<Outcome> {
  const { address, options, dialer, user } = patient;
  const connector = await connectors[address.scheme]();
  let connection: Connection;
  try {
    connection = await connector({ address, options: { ...options, ask: undefined }, dialer, signal });
  } catch (thrown) {
    return loginOutcome(patient, toWherryError(thrown, 'log in'));
  }
  patient.connection = connection;
  patient.closers.push(() => connection.close());
  return ok(`logged in as ${user}; the login directory is ${printableName(connection.home)}`);
}

/** What it means that a login failed. @throws the error when it has nothing to do with the login */
function loginOutcome({ options, user }: SshPatient, error: WherryError): Outcome {
  if (error.code === 'login-refused') {
    const offered =
      (options.ssh?.keys?.length ?? 0) > 0 ? 'the key' : 'user and password, or the keys of the agent';
    return problem('login-refused', error.message, {
      side: 'account',
      cause: `${offered} of ${user} are not taken, or the account may not log in`,
      remedy:
        'check user, password and --identity, by the ways that the server takes (see above); at the server: see its log, and for keys authorized_keys and its modes',
    });
  }
  if (error.code === 'not-supported') {
    return problem('not-supported', error.message, {
      side: 'server',
      cause: 'the login works and the server does not start SFTP for this account',
      remedy: 'at the server: switch the subsystem sftp on, or use scp://',
    });
  }
  throw error;
}

const throughSsh: readonly Check<SshPatient>[] = [
  ...networkChecks,
  { id: 'greeting', title: 'identification', needs: ['port'], run: hearIdentification },
  { id: 'algorithms', title: 'algorithms', needs: ['greeting'], run: checkAlgorithms },
  { id: 'host-key', title: 'host key', needs: ['greeting'], run: checkHostKey },
  { id: 'methods', title: 'ways to log in', needs: ['greeting'], run: checkWays },
];

/** SFTP and SCP. */
export const sshChecks: readonly Check<SshPatient>[] = [
  ...throughSsh,
  { id: 'login', title: 'login', needs: ['host-key'], run: logIn },
  { id: 'listing', title: 'listing', needs: ['login'], uses: 'connection', run: checkRemoteListing },
  { id: 'write', title: 'writing', needs: ['login'], uses: 'connection', run: checkRemoteWrite },
  { id: 'clock', title: 'clock', needs: ['login'], uses: 'connection', run: checkRemoteClock },
];

/** Logs in by SSH alone, and leaves the connection for whatever goes through it. */
async function openTunnelSite(patient: SshPatient, signal: AbortSignal): Promise<Outcome> {
  const { address, options, dialer, user } = patient;
  const request = { address, options: { ...options, ask: undefined }, dialer, signal };
  try {
    const site = await withSshLogin(request, openSshSite);
    patient.site = site;
    patient.closers.push(() => site.ssh.close());
  } catch (thrown) {
    return loginOutcome(patient, toWherryError(thrown, 'log in'));
  }
  return ok(`logged in as ${user}`);
}

/** An SSH server that FTP goes through, up to the login. */
export const tunnelChecks: readonly Check<SshPatient>[] = [
  ...throughSsh,
  { id: 'login', title: 'login', needs: ['host-key'], run: openTunnelSite } as const,
].map((check) => ({
  ...check,
  id: `ssh-${check.id}`,
  title: `${check.title} (SSH)`,
  needs: check.needs.map((id) => `ssh-${id}`),
}));

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Secret } from '#core/secret.ts';
import type { ClientCredential } from '#protocols/ssh/client/client-options.ts';
import { parseCertificate } from '#protocols/ssh/keys/certificate.ts';
import { parsePrivateKey } from '#protocols/ssh/keys/openssh-private-key.ts';
import { generatePrivateKey, type PrivateKey } from '#protocols/ssh/keys/private-key.ts';
import type {
  SshAuthenticator,
  SshLoginAttempt,
  SshServerEvent,
} from '#protocols/ssh/server/server-options.ts';
import { connectPair, hostKeys, testPassword, type Pair } from './ssh-fixture.ts';

const password = (text: string): ClientCredential => ({ kind: 'password', password: new Secret(text) });

function connectWith(
  t: TestContext,
  authenticator: Partial<SshAuthenticator<string>>,
  credentials: readonly ClientCredential[],
  events: SshServerEvent[] = [],
): Promise<Pair> {
  const full: SshAuthenticator<string> = {
    methods: ['publickey', 'password', 'keyboard-interactive'],
    authenticate: () => ({ outcome: 'refused', reason: 'not today' }),
    ...authenticator,
  };
  return connectPair(
    t,
    { authenticator: full, onEvent: (event) => void events.push(event) },
    { credentials },
  );
}

test('M09: a wrong password is refused, with the reason in the log only', async (t) => {
  const events: SshServerEvent[] = [];
  await assert.rejects(connectWith(t, {}, [password('wrong')], events), (error: Error) => {
    assert.equal((error as { code?: string }).code, 'login-refused');
    assert.doesNotMatch(error.message, /not today/);
    return true;
  });
  const refused = events.find((event) => event.event === 'authentication');
  assert.equal(refused?.reason, 'not today');
});

test('M05: every type of key logs in by its signature', async (t) => {
  for (const key of hostKeys) {
    const events: SshServerEvent[] = [];
    const accept = ({ credential }: SshLoginAttempt) =>
      credential.kind === 'public-key' && credential.publicKey.blob.equals(key.publicKey.blob)
        ? ({ outcome: 'accepted', identity: 'somebody' } as const)
        : ({ outcome: 'refused', reason: 'another key' } as const);
    await connectWith(t, { authenticate: accept }, [{ kind: 'public-key', key }], events);
    assert.ok(events.some((event) => event.event === 'authentication' && event.outcome === 'accepted'));
  }
});

test('things 38: a key whose signature is of another key is refused before anybody is asked', async (t) => {
  const [shown, used] = await Promise.all([generatePrivateKey('ed25519'), generatePrivateKey('ed25519')]);
  const forged: PrivateKey = { ...used, publicKey: shown.publicKey };
  let asked = 0;
  const authenticate = () => {
    asked += 1;
    return { outcome: 'accepted', identity: 'somebody' } as const;
  };
  await assert.rejects(connectWith(t, { authenticate }, [{ kind: 'public-key', key: forged }]), {
    code: 'login-refused',
  });
  assert.equal(asked, 0);
});

test('a key and a password are demanded one after the other, and the second attempt tells of the first', async (t) => {
  const seen: string[] = [];
  const [key] = hostKeys;
  assert.ok(key !== undefined);
  const authenticate = ({ credential, previous }: SshLoginAttempt) => {
    seen.push(`${credential.kind} after ${previous.map((one) => one.kind).join()}`);
    return previous.length === 0
      ? ({ outcome: 'more', methods: ['password'] } as const)
      : ({ outcome: 'accepted', identity: 'somebody' } as const);
  };
  await connectWith(t, { authenticate }, [{ kind: 'public-key', key }, password(testPassword)]);
  assert.deepEqual(seen, ['public-key after ', 'password after public-key']);
});

test('a password that must be changed is changed', async (t) => {
  const authenticate = ({ credential }: SshLoginAttempt) => {
    if (credential.kind !== 'password') return { outcome: 'refused', reason: 'no password' } as const;
    if (credential.newPassword === null) return { outcome: 'change-password', prompt: 'Too old' } as const;
    assert.equal(credential.newPassword.reveal(), 'fresh');
    return { outcome: 'accepted', identity: 'somebody' } as const;
  };
  const change = (prompt: string) => {
    assert.equal(prompt, 'Too old');
    return new Secret('fresh');
  };
  const credential: ClientCredential = { kind: 'password', password: new Secret('stale'), change };
  await connectWith(t, { authenticate }, [credential]);
});

test('keyboard-interactive asks for the password, or leads a dialogue of several rounds', async (t) => {
  const asked: string[] = [];
  const interactive = (answers: Readonly<Record<string, string>>): ClientCredential => ({
    kind: 'interactive',
    answer: ({ prompts }) =>
      prompts.map(({ text }) => {
        asked.push(text);
        return new Secret(answers[text] ?? '');
      }),
  });
  await connectPair(t, {}, { credentials: [interactive({ 'Password: ': testPassword })] });
  const authenticate = ({ credential }: SshLoginAttempt) => {
    if (credential.kind !== 'interactive') return { outcome: 'refused', reason: 'no dialogue' } as const;
    const questions = ['Name? ', 'Code? '];
    const text = questions[credential.rounds.length];
    if (text !== undefined) {
      const round = { title: '', instruction: '', prompts: [{ text, echo: true }] };
      return { outcome: 'ask', round } as const;
    }
    const answers = credential.rounds.flat().map((answer) => answer.reveal());
    assert.deepEqual(answers, ['me', '123456']);
    return { outcome: 'accepted', identity: 'somebody' } as const;
  };
  await connectWith(t, { interactive: 'dialogue', authenticate }, [
    interactive({ 'Name? ': 'me', 'Code? ': '123456' }),
  ]);
  assert.deepEqual(asked, ['Password: ', 'Name? ', 'Code? ']);
});

test('M09: after too many failures the connection ends', async (t) => {
  let tries = 0;
  const authenticate = () => {
    tries += 1;
    return { outcome: 'refused', reason: 'wrong' } as const;
  };
  const guesses = Array.from({ length: 20 }, (_, index) => password(`guess ${index}`));
  await assert.rejects(connectWith(t, { authenticate }, guesses), /Too many authentication failures|refused/);
  assert.equal(tries, 6);
});

test('things 31: who does not authenticate in time is sent away', async (t) => {
  const limits = { authenticationTimeoutMs: 40 };
  const never = (): Promise<never> => new Promise(() => undefined);
  const authenticator: SshAuthenticator<string> = { methods: ['password'], authenticate: never };
  await assert.rejects(connectPair(t, { limits, authenticator }), { code: 'connection-lost' });
});

test('a source of accounts that fails refuses and says nothing of why', async (t) => {
  const events: SshServerEvent[] = [];
  const authenticate = (): never => {
    throw new Error('database at 10.0.0.1 is down');
  };
  await assert.rejects(connectWith(t, { authenticate }, [password('x')], events), (error: Error) => {
    assert.doesNotMatch(error.message, /10\.0\.0\.1/);
    return true;
  });
});

const keygen = spawnSync('ssh-keygen', ['-?']).error === undefined;
const skip = keygen ? false : 'needs ssh-keygen, which the Debian package openssh-client brings';

interface CertificateFiles {
  readonly credential: Extract<ClientCredential, { kind: 'public-key' }>;
  readonly authority: Buffer;
}

/** Has ssh-keygen make an authority, a key and a certificate with these further arguments. */
function makeCertificate(t: TestContext, type: string, ...args: readonly string[]): CertificateFiles {
  const directory = mkdtempSync(path.join(tmpdir(), 'wherry-cert-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  const [ca, key] = [path.join(directory, 'ca'), path.join(directory, 'key')];
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', ca]);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', key]);
  execFileSync('ssh-keygen', ['-q', '-s', ca, '-I', 'id', ...args, `${key}.pub`], { stdio: 'ignore' });
  const blobOf = (file: string): Buffer =>
    Buffer.from(readFileSync(file, 'utf8').split(' ')[1] ?? '', 'base64');
  return {
    credential: {
      kind: 'public-key',
      key: parsePrivateKey(readFileSync(key, 'utf8')),
      certificate: parseCertificate(blobOf(`${key}-cert.pub`)),
    },
    authority: blobOf(`${ca}.pub`),
  };
}

/** Accounts that take certificates of an authority, for the users whom they name. */
function trusting(authority: Buffer): Partial<SshAuthenticator<string>> {
  return {
    authenticate: ({ user, credential }) => {
      const certificate = credential.kind === 'public-key' ? credential.certificate : null;
      const trusted =
        certificate?.authority.blob.equals(authority) === true && certificate.principals.includes(user);
      return trusted
        ? ({ outcome: 'accepted', identity: 'somebody' } as const)
        : ({ outcome: 'refused', reason: 'the authority is not trusted, or not for this user' } as const);
    },
  };
}

for (const type of ['ed25519', 'rsa', 'ecdsa']) {
  test(`a certificate of ssh-keygen for a key of type ${type} logs in`, { skip }, async (t) => {
    const { credential, authority } = makeCertificate(t, type, '-n', 'user');
    await connectWith(t, trusting(authority), [credential]);
  });
}

const refusedCertificates: readonly { readonly why: string; readonly args: readonly string[] }[] = [
  { why: 'for another user', args: ['-n', 'somebody-else'] },
  { why: 'for nobody', args: [] },
  { why: 'that has expired', args: ['-n', 'user', '-V', '20200101:20200201'] },
  { why: 'that is not valid yet', args: ['-n', 'user', '-V', '20900101:20910101'] },
  { why: 'for a host', args: ['-h', '-n', 'user'] },
  { why: 'for other addresses', args: ['-n', 'user', '-O', 'source-address=192.0.2.0/24'] },
  { why: 'with an unknown critical option', args: ['-n', 'user', '-O', 'critical:strange@example.org=1'] },
];

for (const { why, args } of refusedCertificates) {
  test(`things 38: a certificate ${why} is refused`, { skip }, async (t) => {
    const { credential, authority } = makeCertificate(t, 'ed25519', ...args);
    await assert.rejects(connectWith(t, trusting(authority), [credential]), { code: 'login-refused' });
  });
}

test('a certificate that was changed is not read', { skip }, (t) => {
  const { credential } = makeCertificate(t, 'ed25519', '-n', 'user');
  const blob = Buffer.from(credential.certificate?.blob ?? []);
  const at = blob.indexOf('user', 100);
  blob.write('root', at, 'latin1');
  assert.throws(() => parseCertificate(blob), { code: 'not-trusted' });
});

test('a private key that OpenSSH reads is written, plain and encrypted', { skip }, async (t) => {
  const { formatPrivateKey } = await import('#protocols/ssh/keys/openssh-private-key.ts');
  const directory = mkdtempSync(path.join(tmpdir(), 'wherry-key-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  for (const [index, key] of hostKeys.entries()) {
    const passphrase = index % 2 === 0 ? null : new Secret('open sesame');
    const file = path.join(directory, `key${index}`);
    writeFileSync(file, formatPrivateKey({ ...key, comment: 'a comment' }, passphrase), { mode: 0o600 });
    const shown = execFileSync('ssh-keygen', ['-y', '-P', passphrase?.reveal() ?? '', '-f', file], {
      encoding: 'utf8',
    });
    assert.equal(shown.split(' ')[1]?.trim(), key.publicKey.blob.toString('base64'));
    assert.equal(parsePrivateKey(readFileSync(file, 'utf8'), passphrase).comment, 'a comment');
  }
});

test('a private key of ssh-keygen is read only with its passphrase', { skip }, (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'wherry-key-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  const file = path.join(directory, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', file]);
  const text = readFileSync(file, 'utf8');
  assert.equal(parsePrivateKey(text, new Secret('open sesame')).publicKey.type, 'ssh-ed25519');
  assert.throws(() => parsePrivateKey(text, new Secret('wrong')), { code: 'login-refused' });
  assert.throws(() => parsePrivateKey(text), { code: 'login-refused' });
});

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { codeAt, normaliseCodeSecret, stepAt } from '#accounts/one-time-code.ts';
import { Secret } from '#core/secret.ts';
import { runWherry, scratch, startWherry, type WherryProcess } from '#test/cli/wherry-process.ts';
import { lacking, run } from '#test/interop/programs.ts';

const skip = lacking(['ssh', 'sftp', 'ssh-keygen'], 'openssh-client');

interface Scene {
  readonly server: WherryProcess;
  /** Where keys, certificates and programs lie. */
  readonly here: string;
}

async function start(t: Pick<TestContext, 'after'>): Promise<Scene> {
  const words = ['--host', '127.0.0.1', '--ftps', 'off', '--http', 'off'];
  const users = ['alice', 'bob', 'carol', 'dora', 'emil'].flatMap((name) => ['--user', `${name}:wonderland`]);
  return { server: await startWherry(t, { words: [...words, ...users] }), here: scratch(t) };
}

const shared = skip === false ? start({ after: after as TestContext['after'] }) : null;

async function share(): Promise<Scene> {
  if (shared === null) throw new Error('The programs are missing');
  return shared;
}

async function wherry({ server }: Scene, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runWherry([...words, '--data-dir', server.dataDirectory]);
  assert.equal(code, 0, `wherry ${words.join(' ')}: ${stderr}`);
  return stdout;
}

async function keygen({ here }: Scene, ...words: readonly string[]): Promise<void> {
  const { code, said } = await run('ssh-keygen', { words: ['-q', ...words] }, { cwd: here });
  assert.equal(code, 0, said);
}

/** A key, and a certificate of it that `authority` signs. */
async function certify(
  scene: Scene,
  name: string,
  { authority, words }: { readonly authority: string; readonly words: readonly string[] },
): Promise<string> {
  await keygen(scene, '-t', 'ed25519', '-N', '', '-f', name);
  await keygen(scene, '-s', authority, '-I', `${name}-id`, ...words, `${name}.pub`);
  return name;
}

const strict = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];

/** Logs in with OpenSSH's sftp and asks for the working directory. @returns its exit code */
async function sftp(
  { server, here }: Scene,
  user: string,
  { options, answers = null }: { readonly options: readonly string[]; readonly answers?: string | null },
): Promise<{ readonly code: number | null; readonly said: string }> {
  const words = [...strict, 'IdentitiesOnly=yes', 'NumberOfPasswordPrompts=2', ...options];
  const batch = join(here, 'commands');
  writeFileSync(batch, 'pwd\n');
  const askPass = join(here, `ask-${user}`);
  writeFileSync(askPass, `#!/bin/sh\n${answers ?? 'exit 1'}\n`);
  chmodSync(askPass, 0o700);
  const environment = ['SSH_ASKPASS_REQUIRE=force', `SSH_ASKPASS=${askPass}`, 'DISPLAY=:0'];
  const given = [
    ...words.flatMap((option) => ['-o', option]),
    '-o',
    `BatchMode=${answers === null ? 'yes' : 'no'}`,
  ];
  return run(
    'env',
    {
      words: [
        ...environment,
        'sftp',
        ...given,
        '-b',
        batch,
        '-P',
        String(server.port('sftp')),
        `${user}@127.0.0.1`,
      ],
    },
    { cwd: here },
  );
}

function identity({ here }: Scene, name: string): readonly string[] {
  return [`IdentityFile=${join(here, name)}`, 'PreferredAuthentications=publickey'];
}

test(
  'certificates of a trusted authority log in to the accounts that they name, and to no others',
  { skip },
  async () => {
    const scene = await share();
    await keygen(scene, '-t', 'ed25519', '-N', '', '-f', 'ca');
    await keygen(scene, '-t', 'ed25519', '-N', '', '-f', 'stranger');
    const own = await certify(scene, 'own', { authority: 'ca', words: ['-n', 'alice'] });
    const foreign = await certify(scene, 'foreign', { authority: 'stranger', words: ['-n', 'alice'] });
    const nameless = await certify(scene, 'nameless', { authority: 'ca', words: [] });
    const old = await certify(scene, 'old', {
      authority: 'ca',
      words: ['-n', 'alice', '-V', '20200101:20200102'],
    });
    assert.equal((await sftp(scene, 'alice', { options: identity(scene, own) })).code, 255);
    assert.match(await wherry(scene, 'authority', 'add', join(scene.here, 'ca.pub')), /SHA256:/u);
    const outcome = async (user: string, name: string): Promise<number | null> =>
      (await sftp(scene, user, { options: identity(scene, name) })).code;
    assert.equal(await outcome('alice', own), 0);
    assert.equal(await outcome('bob', own), 255);
    assert.equal(await outcome('alice', foreign), 255);
    assert.equal(await outcome('alice', nameless), 255);
    assert.equal(await outcome('alice', old), 255);
  },
);

test('a certificate logs in by a further principal of the account', { skip }, async () => {
  const scene = await share();
  await keygen(scene, '-t', 'ed25519', '-N', '', '-f', 'ca-roles');
  const name = await certify(scene, 'role', { authority: 'ca-roles', words: ['-n', 'backup-operators'] });
  await wherry(scene, 'authority', 'add', join(scene.here, 'ca-roles.pub'));
  assert.equal((await sftp(scene, 'bob', { options: identity(scene, name) })).code, 255);
  await wherry(scene, 'user', 'set', 'bob', '--principals', 'backup-operators');
  const { code, said } = await sftp(scene, 'bob', { options: identity(scene, name) });
  assert.equal(code, 0, said);
  assert.equal((await sftp(scene, 'alice', { options: identity(scene, name) })).code, 255);
});

test(
  'an authority of one account maps principals by its options, and a revoked one counts nowhere',
  { skip },
  async () => {
    const scene = await share();
    await keygen(scene, '-t', 'ed25519', '-N', '', '-f', 'ca-carol');
    const name = await certify(scene, 'robot', { authority: 'ca-carol', words: ['-n', 'robot'] });
    const line = readFileSync(join(scene.here, 'ca-carol.pub'), 'utf8').trim();
    writeFileSync(join(scene.here, 'carol.keys'), `cert-authority,principals="robot" ${line}\n`);
    const added = JSON.parse(
      await wherry(scene, 'key', 'add', 'carol', join(scene.here, 'carol.keys'), '--json'),
    ) as { readonly fingerprint: string };
    assert.equal((await sftp(scene, 'carol', { options: identity(scene, name) })).code, 0);
    assert.equal((await sftp(scene, 'alice', { options: identity(scene, name) })).code, 255);
    await wherry(scene, 'key', 'revoke', added.fingerprint, '--comment', 'lost');
    assert.match(await wherry(scene, 'key', 'revoked'), /lost/u);
    assert.equal((await sftp(scene, 'carol', { options: identity(scene, name) })).code, 255);
    await wherry(scene, 'key', 'restore', added.fingerprint);
    assert.equal((await sftp(scene, 'carol', { options: identity(scene, name) })).code, 0);
  },
);

test('source-address of a certificate holds', { skip }, async () => {
  const scene = await share();
  await keygen(scene, '-t', 'ed25519', '-N', '', '-f', 'ca-places');
  await wherry(scene, 'authority', 'add', join(scene.here, 'ca-places.pub'));
  const near = ['-n', 'alice', '-O', 'source-address=192.0.2.0/24,127.0.0.0/8'];
  const here = await certify(scene, 'near', { authority: 'ca-places', words: near });
  const far = ['-n', 'alice', '-O', 'source-address=192.0.2.0/24'];
  const elsewhere = await certify(scene, 'far', { authority: 'ca-places', words: far });
  assert.equal((await sftp(scene, 'alice', { options: identity(scene, here) })).code, 0);
  assert.equal((await sftp(scene, 'alice', { options: identity(scene, elsewhere) })).code, 255);
});

/** Turns codes on. @returns the code of this moment, or of a step before or after */
async function enrol(scene: Scene, user: string): Promise<(step: number) => string> {
  const told = JSON.parse(await wherry(scene, 'user', 'codes', user, '--json')) as {
    readonly secret: string;
  };
  const secret = normaliseCodeSecret(new Secret(told.secret));
  const now = stepAt(Date.now());
  return (step) => codeAt(secret, now + step);
}

const interactive = ['PreferredAuthentications=keyboard-interactive', 'PubkeyAuthentication=no'];

test(
  'keyboard-interactive asks for the password, then for the code, and a code counts once',
  { skip },
  async () => {
    const scene = await share();
    const code = await enrol(scene, 'dora');
    const answering = (typed: string): string =>
      `case "$1" in *[Cc]ode*) echo ${typed};; *) echo wonderland;; esac`;
    const first = await sftp(scene, 'dora', { options: interactive, answers: answering(code(0)) });
    assert.equal(first.code, 0, first.said);
    const again = await sftp(scene, 'dora', { options: interactive, answers: answering(code(0)) });
    assert.equal(again.code, 255);
    const without = await sftp(scene, 'dora', { options: interactive, answers: 'echo wonderland' });
    assert.equal(without.code, 255);
    const appended = await sftp(scene, 'dora', {
      options: ['PreferredAuthentications=password'],
      answers: `echo wonderland${code(1)}`,
    });
    assert.equal(appended.code, 0, appended.said);
  },
);

test('a key and a code are demanded together, and neither is enough', { skip }, async () => {
  const scene = await share();
  await keygen(scene, '-t', 'ed25519', '-N', '', '-f', 'emil');
  await wherry(scene, 'key', 'add', 'emil', join(scene.here, 'emil.pub'));
  const code = await enrol(scene, 'emil');
  await wherry(scene, 'user', 'set', 'emil', '--methods', 'public-key+one-time-code');
  const both = [
    `IdentityFile=${join(scene.here, 'emil')}`,
    'PreferredAuthentications=publickey,keyboard-interactive',
  ];
  const { code: status, said } = await sftp(scene, 'emil', { options: both, answers: `echo ${code(0)}` });
  assert.equal(status, 0, said);
  assert.equal((await sftp(scene, 'emil', { options: identity(scene, 'emil') })).code, 255);
  assert.equal((await sftp(scene, 'emil', { options: both, answers: 'echo 000000' })).code, 255);
  const coded = await sftp(scene, 'emil', { options: interactive, answers: `echo ${code(1)}` });
  assert.equal(coded.code, 255);
});

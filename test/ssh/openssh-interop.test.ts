import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Secret } from '#core/secret.ts';
import { algorithmSets, type AlgorithmSet } from '#protocols/ssh/algorithms.ts';
import { connectSsh } from '#protocols/ssh/client/client-connection.ts';
import type { SshClientOptions } from '#protocols/ssh/client/client-options.ts';
import {
  formatKnownHost,
  judgeHostKey,
  knownHostName,
  parseKnownHosts,
  preferredHostKeyAlgorithms,
} from '#protocols/ssh/keys/known-hosts.ts';
import { formatPrivateKey, parsePrivateKey } from '#protocols/ssh/keys/openssh-private-key.ts';
import type { GeneratedKeyType } from '#protocols/ssh/keys/private-key.ts';
import { fingerprintOf, formatPublicKey } from '#protocols/ssh/keys/public-key.ts';
import { signatureAlgorithmsOf } from '#protocols/ssh/keys/signature-algorithms.ts';
import type { SshServerEvent } from '#protocols/ssh/server/server-options.ts';
import { findProgram, joinPipes, keyFile, missing, quietOptions, run, scratch } from './programs.ts';
import {
  clientOptions,
  hostKeys,
  listen,
  patternBlock,
  readAll,
  serverOptions,
  testPassword,
} from './ssh-fixture.ts';

const skip = missing({ ssh: 'openssh-client', 'ssh-keygen': 'openssh-client' });

/** Runs `echo` on our server with OpenSSH's client and these options. */
async function echoWith(t: TestContext, ...options: readonly string[]): Promise<SshServerEvent[]> {
  const events: SshServerEvent[] = [];
  const { port } = await listen(t, serverOptions({ onEvent: (event) => void events.push(event) }));
  const identity = await keyFile(scratch(t));
  const args = [...quietOptions(identity), ...options, '-p', String(port), 'user@127.0.0.1', 'echo'];
  const { status, stdout, stderr } = await run('ssh', args, 'hello');
  assert.deepEqual([stdout.toString(), status], ['hello', 0], stderr);
  return events;
}

const { keyExchanges, ciphers, macs, hostKeys: hostKeyAlgorithms } = algorithmSets.compatible;

/** What this machine's OpenSSH knows of; an older one lacks the newest. */
async function known(kind: string): Promise<ReadonlySet<string>> {
  return new Set((await run('ssh', ['-Q', kind])).stdout.toString().split('\n'));
}

/** Debian 12's OpenSSH has not heard of the newest exchange; that one is tested between our own two sides. */
const spoken = skip === false ? await known('kex') : new Set(keyExchanges);

for (const name of keyExchanges.filter((candidate) => spoken.has(candidate))) {
  test(`M05: ssh agrees by ${name}`, { skip }, async (t) => {
    const events = await echoWith(t, '-o', `KexAlgorithms=${name}`);
    assert.ok(
      events.some((event) => event.event === 'negotiated' && event.keyExchange === name && event.strict),
    );
  });
}

for (const cipher of ciphers) {
  test(`M05: ssh carries data under ${cipher}`, { skip }, async (t) => {
    await echoWith(t, '-c', cipher);
  });
}

for (const mac of macs) {
  test(`M05: ssh carries data under aes128-ctr with ${mac}`, { skip }, async (t) => {
    await echoWith(t, '-c', 'aes128-ctr', '-m', mac);
  });
}

for (const algorithm of hostKeyAlgorithms) {
  test(`M05: ssh accepts our host key by ${algorithm}`, { skip }, async (t) => {
    await echoWith(t, '-o', `HostKeyAlgorithms=${algorithm}`);
  });
}

const userKeyTypes = ['ed25519', 'rsa', 'ecdsa-nistp256', 'ecdsa-nistp384', 'ecdsa-nistp521'] as const;

for (const type of userKeyTypes) {
  test(`ssh logs in with a key of type ${type} that we wrote`, { skip }, async (t) => {
    const identity = await keyFile(scratch(t), type);
    const events = await echoWith(t, '-i', identity, '-o', `IdentityFile=${identity}`);
    assert.ok(events.some((event) => event.event === 'authentication' && event.outcome === 'accepted'));
  });
}

test('things 38, M10: ssh with nothing but SHA-1 RSA signatures is refused', { skip }, async (t) => {
  const { port } = await listen(t, serverOptions());
  const identity = await keyFile(scratch(t), 'rsa');
  const options = ['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa', '-o', 'PreferredAuthentications=publickey'];
  const args = [...quietOptions(identity), ...options, '-p', String(port), 'user@127.0.0.1', 'echo'];
  assert.equal((await run('ssh', args)).status, 255);
});

for (const rekeying of ['client', 'server'] as const) {
  test(
    `things 37, M06, M07: keys renewed by the ${rekeying} every MiB lose nothing either way`,
    { skip },
    async (t) => {
      let exchanges = 0;
      const limits = rekeying === 'server' ? { rekeyBytes: 1_048_576 } : {};
      const onEvent = (event: SshServerEvent): void => {
        if (event.event === 'negotiated') exchanges += 1;
      };
      const { port } = await listen(t, serverOptions({ limits, onEvent }));
      const identity = await keyFile(scratch(t));
      const options = rekeying === 'client' ? ['-o', 'RekeyLimit=1M'] : [];
      const args = [...quietOptions(identity), ...options, '-p', String(port), 'user@127.0.0.1', 'echo'];
      const sent = Buffer.concat(Array.from({ length: 48 }, (_, index) => patternBlock(index)));
      const { status, stdout, stderr } = await run('ssh', args, sent);
      assert.equal(status, 0, stderr);
      assert.ok(stdout.equals(sent));
      assert.ok(exchanges > 8, `only ${exchanges} key exchanges`);
    },
  );
}

test(
  'ssh knows our host by the line that we wrote, learns its other keys, and we find them there',
  { skip },
  async (t) => {
    const directory = scratch(t);
    const file = path.join(directory, 'known_hosts');
    const { port } = await listen(t, serverOptions());
    const [first] = hostKeys;
    assert.ok(first !== undefined);
    const name = knownHostName('127.0.0.1', port);
    writeFileSync(file, `${formatKnownHost(name, first.publicKey, true)}\n`);
    const options = {
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: file,
      UpdateHostKeys: 'yes',
      HashKnownHosts: 'yes',
    };
    const given = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const identity = await keyFile(directory);
    await run('ssh', [
      '-F',
      'none',
      '-i',
      identity,
      '-o',
      'BatchMode=yes',
      ...given,
      '-p',
      String(port),
      'user@127.0.0.1',
      'pattern',
    ]);
    const lines = parseKnownHosts(readFileSync(file, 'utf8'));
    assert.ok(lines.every((line) => line.names.startsWith('|1|')));
    for (const { publicKey } of hostKeys) {
      const verdict = judgeHostKey(lines, name, { publicKey, certificate: null }, Date.now());
      assert.equal(verdict.verdict, 'known', publicKey.type);
    }
    const other = judgeHostKey(
      lines,
      knownHostName('127.0.0.1', 1),
      { publicKey: first.publicKey, certificate: null },
      0,
    );
    assert.equal(other.verdict, 'unknown');
  },
);

test('fingerprints are those of ssh-keygen', { skip }, async (t) => {
  const directory = scratch(t);
  for (const { publicKey } of hostKeys) {
    const file = path.join(directory, 'key.pub');
    writeFileSync(file, `${formatPublicKey(publicKey, 'comment')}\n`);
    const { stdout } = await run('ssh-keygen', ['-l', '-f', file]);
    assert.equal(stdout.toString().split(' ')[1], fingerprintOf(publicKey.blob));
  }
});

const otherClients: readonly {
  readonly program: string;
  readonly package: string;
  readonly args: (port: string, directory: string) => readonly string[];
}[] = [
  {
    program: 'plink',
    package: 'putty-tools',
    args: (port) => {
      const [key] = hostKeys;
      const fingerprint = fingerprintOf(key?.publicKey.blob ?? Buffer.alloc(0));
      return [
        '-batch',
        '-ssh',
        '-P',
        port,
        '-pw',
        testPassword,
        '-hostkey',
        fingerprint,
        'user@127.0.0.1',
        'echo',
      ];
    },
  },
  {
    program: 'dbclient',
    package: 'dropbear-bin',
    args: (port) => ['-y', '-y', '-T', '-p', port, 'user@127.0.0.1', 'echo'],
  },
];

for (const client of otherClients) {
  const absent = missing({ [client.program]: client.package });
  test(`${client.program} runs a command on our server`, { skip: absent }, async (t) => {
    process.env['DROPBEAR_PASSWORD'] = testPassword;
    const { port } = await listen(t, serverOptions());
    const { stdout, stderr } = await run(client.program, client.args(String(port), scratch(t)), 'hello');
    assert.equal(stdout.toString(), 'hello', stderr);
  });
}

const isRoot = process.getuid?.() === 0;
const skipServer = missing({ sshd: 'openssh-server' }) || (isRoot ? false : 'needs root, as sshd does');

/** A login of our client on sshd, whose two ends of a pipe stand for the network. */
async function connectToSshd(
  t: TestContext,
  algorithms: AlgorithmSet,
  {
    keyType = 'ed25519',
    changes = {},
  }: { readonly keyType?: GeneratedKeyType; readonly changes?: Partial<SshClientOptions> } = {},
) {
  const directory = scratch(t);
  mkdirSync('/run/sshd', { recursive: true });
  const identity = await keyFile(directory, keyType);
  const key = parsePrivateKey(readFileSync(identity, 'utf8'));
  const authorized = path.join(directory, 'authorized_keys');
  writeFileSync(authorized, formatPublicKey(key.publicKey), { mode: 0o600 });
  const config = [
    `AuthorizedKeysFile ${authorized}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'RekeyLimit 1M',
    // Newer ones leave groups out unless they are told.
    `KexAlgorithms ${keyExchanges.filter((name) => spoken.has(name)).join(',')}`,
  ];
  for (const [index, hostKey] of hostKeys.entries()) {
    const file = path.join(directory, `host${index}`);
    writeFileSync(file, formatPrivateKey(hostKey), { mode: 0o600 });
    config.push(`HostKey ${file}`);
  }
  const file = path.join(directory, 'sshd_config');
  writeFileSync(file, config.join('\n'));
  const sshd = spawn(findProgram('sshd') ?? 'sshd', ['-i', '-e', '-f', file], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.after(() => sshd.kill());
  const socket = joinPipes(sshd.stdout, sshd.stdin);
  const credentials = [{ kind: 'public-key', key } as const];
  const client = await connectSsh(
    socket,
    clientOptions({ user: 'root', credentials, algorithms, ...changes }),
  );
  t.after(() => {
    client.close();
  });
  return client;
}

for (const cipher of ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr'] as const) {
  test(
    `our client carries data to and from sshd under ${cipher} while sshd renews keys`,
    { skip: skipServer },
    async (t) => {
      const client = await connectToSshd(t, { ...algorithmSets.compatible, ciphers: [cipher] });
      const channel = await client.openCommand('cat');
      const sent = Buffer.concat(Array.from({ length: 16 }, (_, index) => patternBlock(index)));
      const writing = (async () => {
        await channel.write(sent);
        channel.end();
      })();
      const received = await readAll(channel);
      await writing;
      const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
      assert.equal(digest(received), digest(sent));
      const failing = await client.openCommand('exit 3');
      await readAll(failing);
      await failing.whenClosed();
      assert.equal(failing.exitStatus, 3);
    },
  );
}

/** One line there and back, by what is to be shown. */
async function says(
  t: TestContext,
  algorithms: AlgorithmSet,
  options: Parameters<typeof connectToSshd>[2] = {},
): Promise<void> {
  const client = await connectToSshd(t, algorithms, options);
  const channel = await client.openCommand('cat');
  await channel.write(Buffer.from('hello'));
  channel.end();
  assert.equal((await readAll(channel)).toString(), 'hello');
}

for (const name of keyExchanges.filter((candidate) => spoken.has(candidate))) {
  test(`M05: our client agrees with sshd by ${name}`, { skip: skipServer }, async (t) => {
    await says(t, { ...algorithmSets.compatible, keyExchanges: [name] });
  });
}

for (const cipher of ciphers) {
  test(`M05: our client speaks with sshd under ${cipher}`, { skip: skipServer }, async (t) => {
    await says(t, { ...algorithmSets.compatible, ciphers: [cipher] });
  });
}

for (const mac of macs) {
  test(`M05: our client speaks with sshd under aes128-ctr with ${mac}`, { skip: skipServer }, async (t) => {
    await says(t, { ...algorithmSets.compatible, ciphers: ['aes128-ctr'], macs: [mac] });
  });
}

for (const algorithm of hostKeyAlgorithms) {
  test(`M05: our client judges sshd's host key by ${algorithm}`, { skip: skipServer }, async (t) => {
    await says(t, algorithmSets.compatible, { changes: { hostKeyAlgorithms: [algorithm] } });
  });
}

for (const keyType of userKeyTypes) {
  test(`M05: our client logs in on sshd with a key of type ${keyType}`, { skip: skipServer }, async (t) => {
    await says(t, algorithmSets.compatible, { keyType });
  });
}

test(
  'our client trusts a host by its certificate, and not one for another name',
  { skip: skipServer },
  async (t) => {
    const directory = scratch(t);
    mkdirSync('/run/sshd', { recursive: true });
    const [authority, hostKey] = [path.join(directory, 'ca'), await keyFile(directory)];
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', authority]);
    await run('sh', ['-c', `ssh-keygen -y -f ${hostKey} > ${hostKey}.pub`]);
    await run('ssh-keygen', ['-q', '-s', authority, '-I', 'id', '-h', '-n', 'example.org', `${hostKey}.pub`]);
    const file = path.join(directory, 'sshd_config');
    writeFileSync(
      file,
      `HostKey ${hostKey}\nHostCertificate ${hostKey}-cert.pub\nUsePAM no\nStrictModes no\n`,
    );
    const lines = parseKnownHosts(`@cert-authority *.org,*.com ${readFileSync(`${authority}.pub`, 'utf8')}`);
    for (const [name, expected] of [
      ['example.org', 'known'],
      ['example.com', 'unknown'],
    ] as const) {
      const sshd = spawn(findProgram('sshd') ?? 'sshd', ['-i', '-e', '-f', file], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      t.after(() => sshd.kill());
      let verdict = '';
      const offered = preferredHostKeyAlgorithms(lines, name, algorithmSets.compatible.hostKeys);
      const options = clientOptions({
        user: 'nobody',
        credentials: [],
        hostKeyAlgorithms: offered,
        verifyHostKey: (key) => {
          ({ verdict } = judgeHostKey(lines, name, key, Date.now()));
        },
      });
      await assert.rejects(connectSsh(joinPipes(sshd.stdout, sshd.stdin), options), {
        code: 'login-refused',
      });
      assert.equal(verdict, expected);
    }
  },
);

test('our client is refused by sshd with a reason', { skip: skipServer }, async (t) => {
  const directory = scratch(t);
  const file = path.join(directory, 'sshd_config');
  const hostKey = await keyFile(directory);
  writeFileSync(file, `HostKey ${hostKey}\nUsePAM no\nStrictModes no\n`);
  const sshd = spawn(findProgram('sshd') ?? 'sshd', ['-i', '-e', '-f', file], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.after(() => sshd.kill());
  const socket = joinPipes(sshd.stdout, sshd.stdin);
  const credentials = [{ kind: 'password', password: new Secret('no') } as const];
  await assert.rejects(connectSsh(socket, clientOptions({ user: 'nobody', credentials })), {
    code: 'login-refused',
  });
});

/** What ssh-audit may remark on in each of the sets. */
const permittedRemarks = {
  modern: /^$/,
  default: /hmac-sha2-(?:256|512) .*encrypt-and-MAC/,
  compatible: /\[warn\]|ecdh-sha2-nistp|ecdsa-sha2-nistp/,
} as const;

for (const [name, permitted] of Object.entries(permittedRemarks)) {
  test(
    `M02: ssh-audit remarks on nothing but what is known of the ${name} set`,
    { skip: missing({ 'ssh-audit': 'ssh-audit' }) },
    async (t) => {
      const algorithms = algorithmSets[name as keyof typeof algorithmSets];
      const types = new Set(algorithms.hostKeys);
      const keys = hostKeys.filter(({ publicKey }) =>
        signatureAlgorithmsOf(publicKey.type).some((algorithm) => types.has(algorithm)),
      );
      const { port } = await listen(t, serverOptions({ algorithms, hostKeys: keys }));
      const { stdout } = await run('ssh-audit', ['-n', '-b', '-l', 'warn', `127.0.0.1:${port}`]);
      const text = stdout.toString();
      assert.match(text, /mlkem768x25519-sha256|curve25519-sha256/);
      const remarks = text.split('\n').filter((line) => /\[(?:warn|fail)\]/.test(line));
      // An audit of some age does not know the newest names; that is a remark about itself.
      const known = remarks.filter((line) => !line.includes('unknown algorithm'));
      assert.deepEqual(
        known.filter((line) => !permitted.test(line)),
        [],
      );
    },
  );
}

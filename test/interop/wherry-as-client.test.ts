/** wherry in the role of the client, through its library and its shell, with the servers of others and with its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { connect, planMirror, type ConnectOptions, type RemoteConnection } from '#client/index.ts';
import { local } from '#storage/index.ts';
import { program, scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { keyFile } from '#test/ssh/programs.ts';
import * as tftpPrograms from '#test/tftp/programs.ts';
import { findProgram, lacking } from './programs.ts';
import { lackingPeer, peerNames, startPeer, type PeerName } from './servers/index.ts';
import { freePort } from './servers/peer.ts';

/** A server that runs, and how it is reached. */
interface Running {
  /** The address of a path below {@link root}. */
  address(path: string): string;
  readonly options: ConnectOptions;
  /** Words of the command line that say the same as {@link options}. */
  readonly words: readonly string[];
  /** The directory of this machine that the cases work in. */
  readonly root: string;
}

interface Row {
  readonly name: string;
  readonly skip: string | false;
  readonly start: (t: Pick<TestContext, 'after'>) => Promise<Running>;
  /** TFTP knows files by name and nothing else. */
  readonly onlyFiles?: true;
  /** SCP sends and fetches whole files and trees: it goes on with nothing, renames nothing, and removes nothing. */
  readonly onlyCopies?: true;
  /** SFTP without check-file cannot show that a part has no gaps, so the last 16 MiB of it are sent again. */
  readonly rewinds?: true;
}

const ftpRow = (name: PeerName, tls: boolean): Row => ({
  name: tls ? `${name} with TLS` : name,
  skip: lackingPeer(name),
  start: async (t) => {
    const server = await startPeer(name, { tls, requireTlsReuse: tls });
    t.after(() => server[Symbol.asyncDispose]());
    const { user, password, host, port } = server;
    const login = `${user}:${encodeURIComponent(password)}@${host}:${port}`;
    return {
      address: (path) => `${tls ? 'ftpes' : 'ftp'}://${login}/${path}`,
      options: tls ? { tls: { ca: readFileSync(server.certificate, 'utf8') } } : { tls: { mode: 'off' } },
      words: tls ? ['--ca', server.certificate] : ['--tls', 'off'],
      root: server.root,
    };
  },
});

const sshdSkip =
  process.getuid?.() === 0
    ? lacking(['sshd'], 'openssh-server')
    : 'needs root, as sshd does to log somebody in';

const sshdRow = (scheme: 'sftp' | 'scp'): Row => ({
  name: `OpenSSH by ${scheme}`,
  skip: sshdSkip,
  ...(scheme === 'scp' ? { onlyCopies: true as const } : { rewinds: true as const }),
  start: async (t) => {
    const directory = scratch(t);
    const [identity, hostKey] = [join(directory, 'identity'), join(directory, 'host')];
    for (const [from, to] of [
      [await keyFile(directory), identity],
      [await keyFile(directory), hostKey],
    ] as const) {
      writeFileSync(to, readFileSync(from), { mode: 0o600 });
    }
    const authorized = spawn('ssh-keygen', ['-y', '-f', identity], { stdio: ['ignore', 'pipe', 'inherit'] });
    let line = '';
    for await (const chunk of authorized.stdout) line += String(chunk);
    writeFileSync(join(directory, 'authorized'), line);
    const config = {
      AuthorizedKeysFile: join(directory, 'authorized'),
      HostKey: hostKey,
      StrictModes: 'no',
      UsePAM: 'no',
      PermitRootLogin: 'yes',
      Subsystem: 'sftp internal-sftp',
      PidFile: 'none',
      ListenAddress: '127.0.0.1',
      MaxStartups: '100',
    };
    const file = join(directory, 'sshd_config');
    writeFileSync(
      file,
      Object.entries(config)
        .map((pair) => `${pair.join(' ')}\n`)
        .join(''),
    );
    mkdirSync('/run/sshd', { recursive: true });
    const port = await freePort();
    const sshd = spawn(findProgram('sshd') ?? 'sshd', ['-D', '-e', '-f', file, '-p', String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => sshd.kill());
    for await (const chunk of sshd.stderr) if (String(chunk).includes('listening on')) break;
    const root = join(directory, 'files');
    mkdirSync(root);
    return {
      address: (path) => `${scheme}://root@127.0.0.1:${port}/${root}/${path}`,
      options: { ssh: { keys: [readFileSync(identity)], agent: false, hostKeys: { mode: 'off' } } },
      words: ['--identity', identity, '--host-keys', 'off'],
      root,
    };
  },
});

const wherryRow = (scheme: 'ftp' | 'ftps' | 'sftp' | 'scp' | 'ftp+ssh'): Row => ({
  name: `wherry by ${scheme}`,
  skip: false,
  ...(scheme === 'scp' ? { onlyCopies: true } : {}),
  start: async (t) => {
    const root = scratch(t);
    const served = await serve(t, { fileSystem: local(root) });
    return {
      address: (path) => served.address(scheme, path),
      options: served.options,
      words: ['--insecure', '--host-keys', 'off', '--ftp-port', String(served.port('ftp'))],
      root,
    };
  },
});

const tftpdRow: Row = {
  name: 'tftpd-hpa',
  skip:
    process.getuid?.() === 0
      ? tftpPrograms.lacking('in.tftpd', 'tftpd-hpa')
      : 'needs root, to change the root directory of in.tftpd',
  onlyFiles: true,
  start: async (t) => {
    const root = tftpPrograms.openDirectory(t);
    const port = tftpPrograms.freePort();
    const words = ['--foreground', '--create', '--secure', '--permissive', '--user', 'root'];
    const listening = ['--address', `127.0.0.1:${port}`, root];
    tftpPrograms.startServer(t, tftpPrograms.findProgram('in.tftpd') ?? '', [...words, ...listening]);
    return { address: (path) => `tftp://127.0.0.1:${port}/${path}`, options: {}, words: [], root };
  },
};

const rows: readonly Row[] = [
  ...peerNames.flatMap((name) => [ftpRow(name, false), ftpRow(name, true)]),
  sshdRow('sftp'),
  sshdRow('scp'),
  tftpdRow,
  ...(['ftp', 'ftps', 'sftp', 'scp', 'ftp+ssh'] as const).map(wherryRow),
];

interface Bench extends Running {
  readonly row: Row;
  readonly remote: RemoteConnection;
  /** A directory of this machine for the case alone. */
  readonly here: string;
}

const names = ['plain.txt', 'with spaces.txt', 'Grüße 世界.txt', '[1] & 100% #.txt', ' leading'];
const large = randomBytes(2_000_000);
const half = 777_777;
/** So that an upload can be stopped before it is over. */
const slowBytesPerSecond = 1_500_000;

/** What is done with each server. */
const cases: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'gets and puts a file, checked as well as the server can': async ({ remote, root, here, row }) => {
    writeFileSync(join(here, 'sent'), large);
    const put = await remote.upload(join(here, 'sent'), 'large');
    assert.equal(put.bytes, large.length);
    assert.deepEqual(readFileSync(join(root, 'large')), large);
    const got = await remote.download('large', join(here, 'got'));
    assert.deepEqual(readFileSync(join(here, 'got')), large);
    const canTell = remote.capabilities.checksums.length > 0;
    for (const { verification } of [put, got]) assert.equal(verification.by, canTell ? 'checksum' : 'size');
    await assert.rejects(remote.download('missing', join(here, 'missing')), { code: 'not-found' });
    assert.deepEqual(readdirSync(here).toSorted(), ['got', 'sent']);
    if (row.onlyFiles !== true) assert.deepEqual(readdirSync(root), ['large']);
  },

  'lists names of all kinds, sizes and times': async ({ remote, root }) => {
    mkdirSync(join(root, 'names'));
    const modified = new Date(Date.UTC(2024, 2, 3, 4, 5, 6));
    for (const name of names) {
      writeFileSync(join(root, 'names', name), name);
      utimesSync(join(root, 'names', name), modified, modified);
    }
    mkdirSync(join(root, 'names/directory'));
    const found = await Array.fromAsync(remote.list('names'));
    assert.deepEqual(found.map(({ name }) => name).toSorted(), [...names, 'directory'].toSorted());
    for (const { name, type, size, modifiedAt, modifiedPrecision } of found) {
      assert.equal(type, name === 'directory' ? 'directory' : 'file', name);
      if (type === 'directory') continue;
      assert.equal(size, Buffer.byteLength(name), name);
      const coarse =
        modifiedPrecision === 'minute' ? 60_000 : modifiedPrecision === 'day' ? 86_400_000 : 1000;
      assert.equal(modifiedAt, Math.floor(modified.getTime() / coarse) * coarse, name);
    }
    for (const name of names) assert.equal(await remote.readText(`names/${name}`), name);
  },

  'goes on with a download and with an upload': async (bench) => {
    const { options, remote, root, here, row } = bench;
    writeFileSync(join(root, 'whole'), large);
    writeFileSync(join(here, 'whole'), large.subarray(0, half));
    const down = await remote.download('whole', join(here, 'whole'), { resume: true });
    assert.deepEqual(readFileSync(join(here, 'whole')), large);
    assert.ok(down.movedBytes < large.length, `moved ${down.movedBytes}`);
    const stop = new AbortController();
    await using slow = await connect(bench.address(''), { ...options, bytesPerSecond: slowBytesPerSecond });
    const part = slow.upload(join(here, 'whole'), 'up', {
      signal: stop.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 0) stop.abort();
      },
    });
    await assert.rejects(part, { code: 'aborted' });
    assert.equal(existsSync(join(root, 'up')), false);
    const up = await remote.upload(join(here, 'whole'), 'up', { resume: true });
    assert.deepEqual(readFileSync(join(root, 'up')), large);
    assert.equal(up.movedBytes < large.length, row.rewinds !== true, `moved ${up.movedBytes}`);
    assert.deepEqual(
      readdirSync(root).filter((name) => name.includes('partial')),
      [],
    );
  },

  'makes, renames and removes': async ({ remote, root }) => {
    await remote.makeDirectory('a/b c/d', { recursive: true });
    await remote.write('a/b c/d/old', 'content');
    await remote.rename('a/b c/d/old', 'a/new');
    assert.equal(readFileSync(join(root, 'a/new'), 'utf8'), 'content');
    await remote.write('a/other', 'other');
    await remote.rename('a/other', 'a/new');
    assert.equal(readFileSync(join(root, 'a/new'), 'utf8'), 'other');
    await remote.remove('a/new');
    assert.deepEqual(readdirSync(join(root, 'a')), ['b c']);
    symlinkSync('..', join(root, 'a/b c/link'));
    await remote.remove('a/b c', { recursive: true });
    assert.deepEqual(readdirSync(root), ['a']);
    await remote.remove('a', { recursive: true });
    assert.equal(await remote.exists('a'), false);
    await assert.rejects(remote.remove('a'), { code: 'not-found' });
  },

  'mirrors up and down, and a second time moves nothing': async ({ remote, root, here, row }) => {
    const site = join(here, 'site');
    mkdirSync(join(site, 'deep/er'), { recursive: true });
    mkdirSync(join(site, 'empty'));
    for (const name of names) writeFileSync(join(site, 'deep', name), name);
    writeFileSync(join(site, 'deep/er/large'), large);
    const past = new Date(Date.UTC(2023, 4, 5, 6, 7, 8));
    utimesSync(join(site, 'deep/er/large'), past, past);
    for (const [from, to] of [
      [site, remote.place('up')],
      [remote.place('up'), join(here, 'down')],
    ] as const) {
      const plan = await planMirror(from, to, { delete: true });
      const { failed, files } = await plan.run();
      assert.deepEqual(failed, []);
      assert.equal(files, names.length + 1);
      const again = await planMirror(from, to, { delete: true });
      assert.deepEqual(again.actions, []);
      await again.close();
    }
    assert.deepEqual(readdirSync(join(here, 'down/deep')).toSorted(), [...names, 'er'].toSorted());
    assert.deepEqual(readFileSync(join(here, 'down/deep/er/large')), large);
    if (remote.capabilities.setTimes) {
      assert.equal(statSync(join(root, 'up/deep/er/large')).mtimeMs, past.getTime());
    }
    if (row.onlyCopies === true) return;
    writeFileSync(join(root, 'up/extra'), '');
    const last = await planMirror(site, remote.place('up'), { delete: true });
    assert.deepEqual(
      last.actions.map(({ kind, path }) => `${kind} ${path}`),
      ['remove extra'],
    );
    await last.run();
    assert.deepEqual(readdirSync(join(root, 'up')).toSorted(), ['deep', 'empty']);
  },
};

/** The cases for a server that can only so much. */
function casesFor({ onlyFiles, onlyCopies }: Row): readonly string[] {
  const titles = Object.keys(cases);
  if (onlyFiles === true) return titles.filter((title) => title.startsWith('gets and puts'));
  return onlyCopies === true ? titles.filter((title) => !/^(?:goes on|makes)/u.test(title)) : titles;
}

for (const row of rows) {
  suite(row.name, { skip: row.skip }, () => {
    const cleanups: (() => unknown)[] = [];
    let server: Running;
    let directories = 0;

    before(async () => {
      server = await row.start({ after: (clean: () => unknown) => void cleanups.push(clean) });
    });
    after(async () => {
      for (const clean of cleanups.toReversed()) await clean();
    });

    /** The server as one case sees it: in a directory of its own. */
    const own = (): Running => {
      const directory = `case ${(directories += 1)}`;
      const root = join(server.root, directory);
      mkdirSync(root);
      chmodSync(root, 0o777);
      return {
        ...server,
        root,
        address: (path) => server.address(`${encodeURIComponent(directory)}/${path}`),
      };
    };

    for (const title of casesFor(row)) {
      test(title, async (t) => {
        const running = own();
        const remote = await connect(running.address(''), running.options);
        t.after(() => remote.close());
        await cases[title]?.({ ...running, row, remote, here: scratch(t) });
      });
    }

    if (row.onlyFiles === true || row.onlyCopies === true) return;
    test('works from the shell', async (t) => {
      const running = own();
      const { words, root } = running;
      const here = scratch(t);
      writeFileSync(join(here, 'local'), 'from here');
      mkdirSync(join(root, 'in'));
      chmodSync(join(root, 'in'), 0o777);
      writeFileSync(join(root, 'in/remote'), 'from there');
      const script = 'cd in; put local; get remote; mv local moved; cls; mirror . ../copied; rm moved';
      const child = spawn(program, ['shell', ...words, '-e', script, running.address('')], {
        cwd: here,
        env: { PATH: process.env['PATH'], HOME: scratch(t) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, errors] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
      assert.equal(out, 'moved\nremote\n', errors);
      assert.equal(readFileSync(join(here, 'remote'), 'utf8'), 'from there');
      assert.deepEqual(readdirSync(join(root, 'in')), ['remote']);
    });
  });
}

test(
  'keys of ~/.ssh log in by themselves, and none that needs a passphrase is asked about',
  { skip: sshdSkip },
  async (t) => {
    const server = await sshdRow('sftp').start(t);
    const { words, root } = server;
    const home = scratch(t);
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(root, 'there'), '');
    writeFileSync(join(home, '.ssh/id_rsa'), 'no key');
    const [, identity = ''] = words;
    const list = async (): Promise<{ readonly code: unknown; readonly output: string }> => {
      const child = spawn(program, ['ls', '--host-keys', 'off', server.address('')], {
        env: { PATH: process.env['PATH'], HOME: home },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = once(child, 'close') as Promise<[unknown]>;
      const output = await readAll(child.stdout);
      return { code: (await ended)[0], output };
    };
    assert.deepEqual(await list(), { code: 4, output: '' });
    writeFileSync(join(home, '.ssh/id_ed25519'), readFileSync(identity), { mode: 0o600 });
    assert.deepEqual(await list(), { code: 0, output: 'there\n' });
  },
);

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

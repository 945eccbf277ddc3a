import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { TftpFileSystem } from '#protocols/tftp/client/tftp-file-system.ts';
import { contentOf, loopback, memory, noise, serve } from './harness.ts';
import { findProgram, freePort, lacking, openDirectory, run, startServer } from './programs.ts';

interface Call {
  readonly port: number;
  readonly cwd: string;
  readonly remote: string;
  readonly local: string;
  readonly blockSize: number;
}

interface ClientProgram {
  readonly name: string;
  readonly program: string;
  readonly debianPackage: string;
  /** The words that get or put a file, and what is typed. */
  readonly get: (call: Call) => { readonly words: readonly string[]; readonly input?: string };
  readonly put: (call: Call) => { readonly words: readonly string[]; readonly input?: string };
  readonly blockSizes: readonly number[];
}

const clients: readonly ClientProgram[] = [
  {
    name: 'tftp-hpa',
    program: 'tftp',
    debianPackage: 'tftp-hpa',
    get: ({ port, remote, local }) => ({
      words: ['-4', '-m', 'binary', loopback, String(port), '-c', 'get', remote, local],
    }),
    put: ({ port, remote, local }) => ({
      words: ['-4', '-m', 'binary', loopback, String(port), '-c', 'put', local, remote],
    }),
    blockSizes: [512],
  },
  {
    name: 'atftp',
    program: 'atftp',
    debianPackage: 'atftp',
    get: ({ port, remote, local, blockSize }) => ({
      words: [...atftpOptions(blockSize), '-g', '-r', remote, '-l', local, loopback, String(port)],
    }),
    put: ({ port, remote, local, blockSize }) => ({
      words: [...atftpOptions(blockSize), '-p', '-r', remote, '-l', local, loopback, String(port)],
    }),
    blockSizes: [512, 1428],
  },
  {
    name: 'curl',
    program: 'curl',
    debianPackage: 'curl',
    get: ({ port, remote, local, blockSize }) => ({
      words: [
        '-sS',
        '--tftp-blksize',
        String(blockSize),
        '-o',
        local,
        `tftp://${loopback}:${port}/${remote}`,
      ],
    }),
    put: ({ port, remote, local, blockSize }) => ({
      words: [
        '-sS',
        '--tftp-blksize',
        String(blockSize),
        '-T',
        local,
        `tftp://${loopback}:${port}/${remote}`,
      ],
    }),
    blockSizes: [512, 1428, 65_464],
  },
  {
    name: 'busybox',
    program: 'busybox',
    debianPackage: 'busybox',
    get: ({ port, remote, local, blockSize }) => ({
      words: ['tftp', '-b', String(blockSize), '-g', '-r', remote, '-l', local, loopback, String(port)],
    }),
    put: ({ port, remote, local, blockSize }) => ({
      words: ['tftp', '-b', String(blockSize), '-p', '-r', remote, '-l', local, loopback, String(port)],
    }),
    blockSizes: [512, 1428],
  },
];

function atftpOptions(blockSize: number): readonly string[] {
  return blockSize === 512 ? [] : ['--option', `blksize ${blockSize}`, '--option', 'windowsize 8'];
}

for (const client of clients) {
  const skip = lacking(client.program, client.debianPackage);
  const program = findProgram(client.program) ?? '';
  for (const blockSize of client.blockSizes) {
    test(
      `${client.name} gets from and puts to this server in blocks of ${blockSize}`,
      { skip },
      async (t) => {
        const cwd = openDirectory(t);
        const content = noise(300_000);
        const fileSystem = memory({ there: content, empty: noise(0) });
        const { port, events } = serve(t, fileSystem, { policy: { write: 'create' } });
        const call = { port, cwd, remote: 'there', local: 'here', blockSize };
        const got = client.get(call);
        const { code, said } = await run(program, got.words, { cwd });
        assert.equal(code, 0, said);
        assert.ok(readFileSync(join(cwd, 'here')).equals(content));
        const put = client.put({ ...call, remote: 'copy' });
        const up = await run(program, put.words, { cwd });
        assert.equal(up.code, 0, up.said);
        assert.ok((await contentOf(fileSystem, 'copy')).equals(content));
        assert.ok(
          events.every((event) => event.event !== 'transfer-finished' || event.result === 'completed'),
        );
      },
    );
  }
}

interface ServerProgram {
  readonly name: string;
  readonly program: string;
  readonly debianPackage: string;
  readonly needsRoot: boolean;
  readonly words: (port: number, directory: string) => readonly string[];
}

const servers: readonly ServerProgram[] = [
  {
    name: 'tftpd-hpa',
    program: 'in.tftpd',
    debianPackage: 'tftpd-hpa',
    needsRoot: true,
    words: (port, directory) => [
      '-L',
      '-4',
      '-c',
      '-p',
      '-u',
      'nobody',
      '-a',
      `${loopback}:${port}`,
      '-s',
      directory,
    ],
  },
  {
    name: 'atftpd',
    program: 'atftpd',
    debianPackage: 'atftpd',
    needsRoot: false,
    words: (port, directory) =>
      [
        '--daemon',
        '--no-fork',
        ['--port', String(port)],
        ['--bind-address', loopback],
        ['--user', process.getuid?.() === 0 ? 'nobody.nogroup' : (process.env['USER'] ?? 'nobody')],
        ['--logfile', join(directory, 'atftpd.log')],
        directory,
      ].flat(),
  },
];

function openRemote(
  t: TestContext,
  server: ServerProgram,
  directory: string,
  windowSize: number,
): TftpFileSystem {
  const port = freePort();
  startServer(t, findProgram(server.program) ?? '', server.words(port, directory));
  const times = { initialMs: 100, minimumMs: 100, maximumMs: 500, retries: 40 };
  const remote = new TftpFileSystem({ host: loopback, port, times, windowSize });
  t.after(() => {
    remote.close();
  });
  return remote;
}

for (const server of servers) {
  const rootless = server.needsRoot && process.getuid?.() !== 0;
  const skip = rootless
    ? `${server.name} changes its root directory, which only root may`
    : lacking(server.program, server.debianPackage);
  for (const windowSize of [1, 32]) {
    test(
      `this client gets from and puts to ${server.name}, windows of ${windowSize}`,
      { skip },
      async (t) => {
        const directory = openDirectory(t);
        const content = noise(300_000);
        writeFileSync(join(directory, 'there'), content);
        writeFileSync(join(directory, 'copy'), '');
        chmodSync(join(directory, 'copy'), 0o666);
        const remote = openRemote(t, server, directory, windowSize);
        const handle = await remote.openRead(resolveVirtualPath(rootPath, 'there'));
        assert.equal(handle.entry.size, content.length);
        const parts: Buffer[] = [];
        for (let position = 0; ; position += parts.at(-1)?.length ?? 0) {
          const target = Buffer.alloc(100_000);
          const count = await handle.read(target, position);
          if (count === 0) break;
          parts.push(target.subarray(0, count));
        }
        handle.close();
        assert.ok(Buffer.concat(parts).equals(content));
        const upload = await remote.openWrite(resolveVirtualPath(rootPath, 'copy'), { size: content.length });
        await upload.write(content, 0);
        await upload.finish();
        // atftpd acknowledges the last block before it has written it out.
        while (readFileSync(join(directory, 'copy')).length < content.length) await new Promise(setImmediate);
        assert.ok(readFileSync(join(directory, 'copy')).equals(content));
        await assert.rejects(async () => remote.openRead(resolveVirtualPath(rootPath, 'missing')), {
          code: 'not-found',
        });
      },
    );
  }
}

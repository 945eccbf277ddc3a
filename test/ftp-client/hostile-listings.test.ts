import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Entry } from '#core/entry.ts';
import type { FtpClientOptions } from '#protocols/ftp/client/options.ts';
import { maximumListingLine } from '#protocols/ftp/wire/limits.ts';
import { rootPath, joinName } from '#core/virtual-path.ts';
import { at, connectTo, listAll, type Client } from './client-fixture.ts';
import { ScriptedServer, sends, type Script, type ScriptedSession } from './scripted-server.ts';

interface Form {
  readonly verb: 'MLSD' | 'LIST';
  readonly options: Partial<FtpClientOptions>;
  /** A line for a file of that name. */
  readonly line: (name: string) => string;
}

const forms: readonly Form[] = [
  { verb: 'MLSD', options: {}, line: (name) => `type=file;size=5;modify=20200102030405; ${name}\r\n` },
  {
    verb: 'LIST',
    options: { machineListing: 'never' },
    line: (name) => `-rw-r--r--   1 u g 5 Jan  2  2020 ${name}\r\n`,
  },
];

async function start(form: Form, script: Script): Promise<ScriptedServer> {
  return ScriptedServer.start({
    scripts: {
      [form.verb]: script,
      CWD: () => '250 There\r\n',
      DELE: () => '250 Gone\r\n',
      ABOR: () => '226 Done\r\n',
    },
  });
}

async function enter(
  server: ScriptedServer,
  form: Form,
  options: Partial<FtpClientOptions> = {},
): Promise<Client> {
  const { host, port } = server;
  return connectTo({ host, port, user: 'u', password: 'p', tls: 'off', ...form.options, ...options });
}

/** The connection still does what it is asked. */
async function works({ connection }: Client): Promise<void> {
  await connection.removeFile(at('/x'));
}

const mebibyte = 1024 * 1024;

/** Sends one text over and over until nobody wants more; counts what the kernel has taken. */
function repeats(text: string, sent: { octets: number }): Script {
  return async (_argument, session: ScriptedSession) => {
    session.send('150 Here it comes\r\n');
    const data = await session.data();
    const octets = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
    let open = true;
    while (open) {
      open = await new Promise<boolean>((resolve) => {
        data.once('close', () => resolve(false));
        data.write(octets, (error) => resolve(error === undefined || error === null));
      });
      data.removeAllListeners('close');
      if (open) sent.octets += octets.length;
    }
    return '426 Nobody listens\r\n';
  };
}

for (const form of forms) {
  suite(`listings by ${form.verb}`, () => {
    test('a listing without end is taken as slowly as it is read, and left when it is enough', async () => {
      const sent = { octets: 0 };
      await using server = await start(form, repeats(form.line('again'), sent));
      await using client = await enter(server, form);
      let count = 0;
      for await (const batch of client.connection.readDirectory(rootPath)) {
        count += batch.length;
        if (count > 5000) break;
      }
      assert.ok(count > 5000);
      assert.ok(sent.octets < 32 * mebibyte, `${sent.octets} octets were taken for ${count} entries`);
      await works(client);
    });

    test('a listing without end is left by a signal', async () => {
      await using server = await start(form, repeats(form.line('again'), { octets: 0 }));
      await using client = await enter(server, form);
      const stop = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const batch of client.connection.readDirectory(rootPath, { signal: stop.signal })) {
          if (batch.length > 0) stop.abort();
        }
      };
      await assert.rejects(reading(), { code: 'aborted' });
      await works(client);
    });

    test('a line without end is given up after its limit', async () => {
      const sent = { octets: 0 };
      await using server = await start(form, repeats('x', sent));
      await using client = await enter(server, form);
      await assert.rejects(listAll(client.connection), { code: 'too-large' });
      assert.ok(sent.octets < 32 * mebibyte);
      await works(client);
    });

    test('a line of megabytes does not pass for a name', async () => {
      const listing = form.line('before') + form.line('n'.repeat(3 * mebibyte)) + form.line('behind');
      await using server = await start(form, sends(listing));
      await using client = await enter(server, form);
      await assert.rejects(listAll(client.connection), { code: 'too-large' });
      await works(client);
    });

    test('the longest line that may be is read', async () => {
      const name = 'n'.repeat(maximumListingLine - 200);
      await using server = await start(form, sends(form.line(name) + form.line('next')));
      await using client = await enter(server, form);
      assert.deepEqual(new Set(namesOf(await listAll(client.connection))), new Set([name, 'next']));
    });

    test('names that lead elsewhere, and names that no line can hold, are left out and told', async () => {
      const evil = [
        '../up',
        '..',
        '.',
        '/etc/passwd',
        'a/b',
        '..\\..',
        'a/',
        '/',
        'nul\0name',
        '\0',
        'cr\rname',
        '....',
        '-rf',
      ];
      await using server = await start(form, sends(evil.map((name) => form.line(name)).join('')));
      await using client = await enter(server, form);
      assert.deepEqual(namesOf(await listAll(client.connection)), ['-rf', '....', '..\\..'].sort());
      assert.ok(client.said.some(({ kind, text }) => kind === 'error' && text.includes('up')));
      assert.ok(client.said.every(({ text }) => !text.includes('\0')));
      await works(client);
    });

    test('a name with a line feed in it is two lines, neither of which leads elsewhere', async () => {
      await using server = await start(
        form,
        sends(form.line(`a\n${form.line('../b').trimEnd()}`) + form.line('c')),
      );
      await using client = await enter(server, form);
      assert.deepEqual(namesOf(await listAll(client.connection)), ['a', 'c']);
    });

    test('names of devices are names, and octets that are no UTF-8 go back as they came', async () => {
      const octets = Buffer.from([0x67, 0xe4, 0xff, 0xfe, 0x80]);
      const listing = Buffer.concat([
        Buffer.from(['CON', 'nul.txt', 'aux', 'COM1', 'a:b'].map((name) => form.line(name)).join('')),
        Buffer.from(form.line('@').replace('@', octets.toString('latin1')), 'latin1'),
      ]);
      await using server = await start(form, sends(listing));
      await using client = await enter(server, form, { telnetEscapes: false });
      const entries = await listAll(client.connection);
      assert.deepEqual(
        namesOf(entries).filter((name) => name.isWellFormed()),
        ['COM1', 'CON', 'a:b', 'aux', 'nul.txt'],
      );
      const odd = entries.find(({ name }) => !name.isWellFormed());
      assert.ok(odd !== undefined);
      await client.connection.removeFile(joinName(rootPath, odd.name));
      assert.ok(server.commands.includes(`DELE /${octets.toString('latin1')}`));
    });

    test('a listing that breaks off in the middle of a line is no listing', async () => {
      const whole = form.line('one') + form.line('two');
      await using server = await start(form, async (_argument, session) => {
        session.send('150 Here it comes\r\n');
        const data = await session.data();
        await new Promise<void>((resolve) => {
          data.end(whole.slice(0, -3), () => resolve());
        });
        return '426 The disk is gone\r\n';
      });
      await using client = await enter(server, form);
      const seen: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const batch of client.connection.readDirectory(rootPath))
          seen.push(...batch.map(({ name }) => name));
      };
      await assert.rejects(reading(), { code: 'connection-lost', reply: 426 });
      assert.ok(!seen.some((name) => name.startsWith('t')), 'half a name is no name');
      await works(client);
    });

    test('a last line without an end counts when the server says that all is well', async () => {
      await using server = await start(form, sends((form.line('one') + form.line('two')).trimEnd()));
      await using client = await enter(server, form);
      assert.deepEqual(namesOf(await listAll(client.connection)), ['one', 'two']);
    });

    test('lines that mean nothing are told, but not all of them', async () => {
      const nonsense = 'what is this? '.repeat(20);
      await using server = await start(form, sends(`${nonsense}\r\n`.repeat(20_000) + form.line('known')));
      await using client = await enter(server, form);
      const entries = await listAll(client.connection);
      assert.ok(entries.some(({ name }) => name === 'known'));
      const told = client.said.filter(({ kind }) => kind === 'error');
      assert.ok(told.length <= 10, `${told.length} lines were told`);
    });
  });
}

test('a listing without end is not kept to find out the zone of its times', async () => {
  const sent = { octets: 0 };
  const form = forms[1];
  assert.ok(form !== undefined);
  await using server = await ScriptedServer.start({
    scripts: {
      FEAT: () => '211-Features\r\n MDTM\r\n SIZE\r\n211 End\r\n',
      CWD: () => '250 There\r\n',
      LIST: repeats(`-rw-r--r--   1 u g 5 Jan  2 10:00 again\r\n`, sent),
      SIZE: () => '213 10\r\n',
      MDTM: () => '213 20200102030405\r\n',
      ABOR: () => '226 Done\r\n',
    },
  });
  await using client = await enter(server, form);
  let count = 0;
  for await (const batch of client.connection.readDirectory(rootPath)) {
    count += batch.length;
    if (count > 50_000) break;
  }
  assert.ok(count > 50_000);
  assert.ok(sent.octets < 64 * mebibyte);
});

test('devices, sockets and pipes are told as such, and links with where they claim to lead', async () => {
  const [, form] = forms;
  assert.ok(form !== undefined);
  const listing = [
    'crw-rw-rw- 1 root root 1, 3 Jan  2  2020 null',
    'brw-rw---- 1 root disk 8, 0 Jan  2  2020 sda',
    'prw-r--r-- 1 root root 0 Jan  2  2020 pipe',
    'lrwxrwxrwx 1 root root 11 Jan  2  2020 shortcut -> /etc/passwd',
    'lrwxrwxrwx 1 root root 11 Jan  2  2020 ../climb -> /etc/passwd',
  ];
  await using server = await start(form, sends(`${listing.join('\r\n')}\r\n`));
  await using client = await enter(server, form);
  assert.deepEqual(
    (await listAll(client.connection)).map(({ name, type, linkTarget }) => [name, type, linkTarget]),
    [
      ['null', 'other', null],
      ['pipe', 'other', null],
      ['sda', 'other', null],
      ['shortcut', 'symlink', '/etc/passwd'],
    ],
  );
});

function namesOf(entries: readonly Entry[]): string[] {
  return entries.map(({ name }) => name);
}

test('a listing is asked for again where the server trips over a transfer that it says nothing of', async () => {
  let tripped = false;
  await using server = await ScriptedServer.start({
    scripts: {
      RETR: async (_argument, session) => {
        session.send('150 Here it comes\r\n');
        (await session.data()).write('0');
        return null;
      },
      '\xff\xf4\xff\xf2ABOR': () => '225 Nothing to abort\r\n',
      MLSD: async (argument, session) => {
        if (tripped) return sends('type=file;size=3; a\r\n')(argument, session);
        tripped = true;
        session.send('150 Here it comes\r\n');
        (await session.data()).destroy();
        return '426 Internal error\r\n';
      },
    },
  });
  await using client = await connectTo(server);
  const stop = new AbortController();
  const handle = await client.connection.openRead(at('/x'), { signal: stop.signal });
  assert.equal(await handle.read(Buffer.alloc(1), 0), 1);
  stop.abort();
  await handle.close();
  const entries = await listAll(client.connection);
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['a'],
  );
  assert.ok(tripped);
});

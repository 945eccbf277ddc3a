import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { maximumPortsAhead } from '#protocols/ftp/wire/limits.ts';
import { dial, readAll, startServer, passwords, type RawClient, type TestServer } from './harness.ts';
import { contentOf, freePort, listenActive, parseExtendedPassive, parsePassive, putFile } from './helpers.ts';

const host = '127.0.0.1';

async function serve(
  options: Parameters<typeof startServer>[0] = {},
): Promise<TestServer & { ahead(): Promise<RawClient> }> {
  const fixture = await startServer(options);
  for (const name of ['a', 'b', 'c']) await putFile(fixture.fileSystem, `/${name}`, `content of ${name}`);
  const ahead = async (): Promise<RawClient> => {
    const client = await fixture.login();
    await client.command('OPTS EPSV-AHEAD ON', 200);
    return client;
  };
  return Object.assign(fixture, { ahead });
}

async function port(client: RawClient): Promise<number> {
  return parseExtendedPassive((await client.command('EPSV', 229)).text);
}

async function ports(client: RawClient, count: number): Promise<number[]> {
  const told: number[] = [];
  for (let index = 0; index < count; index += 1) told.push(await port(client));
  return told;
}

async function refuses(told: readonly number[]): Promise<void> {
  for (const number of told) await assert.rejects(dial(host, number), { code: 'ECONNREFUSED' });
}

async function expectAll(client: RawClient, codes: readonly number[]): Promise<void> {
  for (const code of codes) await client.expect(code);
}

test('transfers take the ports in the order in which they were told', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const told = await ports(client, 2);
  const arriving: Promise<Buffer>[] = [];
  // The later one is connected first.
  for (const number of told.toReversed()) arriving.unshift(readAll(await dial(host, number)));
  client.send('RETR a\r\nEPSV\r\nRETR b\r\nEPSV\r\n');
  await expectAll(client, [150, 226, 229, 150, 226, 229]);
  assert.deepEqual((await Promise.all(arriving)).map(String), ['content of a', 'content of b']);
});

test('uploads that were sent ahead are stored under their own names', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  for (const [index, number] of (await ports(client, 3)).entries())
    (await dial(host, number)).end(`upload ${index}`);
  client.send('STOR 0\r\nSTOR 1\r\nAPPE 2\r\n');
  await expectAll(client, [150, 226, 150, 226, 150, 226]);
  for (const index of [0, 1, 2])
    assert.equal(String(await contentOf(fixture.fileSystem, `/${index}`)), `upload ${index}`);
});

test('a transfer that is refused uses up its port', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const sockets: Socket[] = [];
  for (const number of await ports(client, 4)) sockets.push(await dial(host, number));
  const arriving = sockets.map((socket) => readAll(socket).catch(() => Buffer.from('reset')));
  client.send('RETR missing\r\nRETR a\r\nSTOR\r\nMLSD a\r\n');
  await expectAll(client, [550, 150, 226, 501, 501]);
  const contents = (await Promise.all(arriving)).map(String);
  assert.equal(contents[1], 'content of a');
  for (const index of [0, 2, 3]) assert.match(contents[index] ?? '', /^(reset)?$/);
  await client.command('RETR a', 425);
});

for (const line of ['XYZZY', `RETR ${'x'.repeat(60_000)}`, 'RETR \0']) {
  test(`what is no command leaves no port for others (${line.slice(0, 8).replace('\0', 'NUL')})`, async () => {
    await using fixture = await serve();
    const client = await fixture.ahead();
    const told = await ports(client, 2);
    const { code } = await client.command(line);
    assert.ok(code === 500 || code === 501);
    await client.command('RETR a', 425);
    await refuses(told);
  });
}

test('a flood of EPSV gets a few ports, and the ones told stay in order', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const told = await ports(client, maximumPortsAhead);
  assert.equal(new Set(told).size, maximumPortsAhead);
  client.send('EPSV\r\nPASV\r\n'.repeat(500));
  for (let index = 0; index < 1000; index += 1) await client.expect(503);
  const arriving = readAll(await dial(host, told[0] ?? 0));
  await client.command('RETR a', 150);
  await client.expect(226);
  assert.equal(String(await arriving), 'content of a');
});

test('a flood of EPSV during a transfer waits for its end and gets no more', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const first = await port(client);
  client.send('STOR up\r\n');
  await client.expect(150);
  client.send('EPSV\r\n'.repeat(50));
  (await dial(host, first)).end('up');
  await client.expect(226);
  for (let index = 0; index < 50; index += 1) await client.expect(index < maximumPortsAhead ? 229 : 503);
});

test('ports are prepared ahead only while half of the range is free', async () => {
  const lowest = await freePort();
  await using fixture = await serve({ passivePorts: [lowest, lowest + 3] });
  const client = await fixture.ahead();
  await ports(client, 3);
  await client.command('EPSV', 425);
  const other = await fixture.ahead();
  await ports(other, 1);
  await other.command('EPSV', 425);
});

test('a port that was reclaimed costs the transfer that was meant for it, and no other', async () => {
  const lowest = await freePort();
  await using fixture = await serve({ passivePorts: [lowest, lowest + 1], timeouts: { abandonedPortMs: 0 } });
  const client = await fixture.ahead();
  const [, second = 0] = await ports(client, 2);
  const other = await fixture.login();
  await other.command('EPSV', 229);
  const arriving = readAll(await dial(host, second));
  await client.command('RETR a', 425);
  await client.command('RETR b', 150);
  await client.expect(226);
  assert.equal(String(await arriving), 'content of b');
});

test('somebody from elsewhere is turned away from a prepared port', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const [first = 0, second = 0] = await ports(client, 2);
  const stranger = connect({ host, port: second, localAddress: '127.0.0.2' });
  stranger.on('error', () => undefined);
  await new Promise((resolve) => stranger.once('connect', resolve));
  const arriving = [readAll(await dial(host, first)), readAll(await dial(host, second))];
  client.send('RETR a\r\nRETR b\r\n');
  await expectAll(client, [150, 226, 150, 226]);
  assert.deepEqual((await Promise.all(arriving)).map(String), ['content of a', 'content of b']);
});

test('ABOR ends the transfer and gives back what was prepared behind it', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const [first = 0, ...others] = await ports(client, 3);
  const data = await dial(host, first);
  await client.command('STOR up', 150);
  client.send('ABOR\r\n');
  await expectAll(client, [426, 226]);
  await refuses(others);
  data.destroy();
  assert.equal(await contentOf(fixture.fileSystem, '/up'), null);
  assert.equal(String(await client.download('RETR a')), 'content of a');
});

for (const [line, code] of [
  ['QUIT', 221],
  ['REIN', 220],
  ['USER bob', 331],
  ['OPTS EPSV-AHEAD ON', 200],
  ['OPTS EPSV-AHEAD OFF', 200],
  ['PORT 127,0,0,1,200,1', 200],
] as const) {
  test(`${line} gives back what was prepared`, async () => {
    await using fixture = await serve();
    const client = await fixture.ahead();
    const told = await ports(client, 2);
    await client.command(line, code);
    await refuses(told);
  });
}

test('the end of the connection gives back what was prepared', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const told = await ports(client, 2);
  client.destroy();
  await fixture.event(({ event }) => event === 'session-closed');
  await refuses(told);
});

test('without having asked, after OFF and after REIN one port replaces the other', async () => {
  await using fixture = await serve();
  const client = await fixture.login();
  const replaces = async (): Promise<void> => {
    const [first = 0] = await ports(client, 2);
    await refuses([first]);
    assert.equal(String(await client.download('RETR a')), 'content of a');
  };
  await replaces();
  await client.command('OPTS EPSV-AHEAD ON', 200);
  await client.command('OPTS EPSV-AHEAD off', 200);
  await replaces();
  await client.command('OPTS EPSV-AHEAD ON', 200);
  await client.command('REIN', 220);
  await client.command('USER alice', 331);
  await client.command(`PASS ${passwords.alice}`, 230);
  await client.command('TYPE I', 200);
  await replaces();
  await client.command('OPTS EPSV-AHEAD', 501);
  await client.command('OPTS EPSV-AHEAD MAYBE', 501);
});

test('PASV queues up with EPSV, and active mode stands alone', async () => {
  await using fixture = await serve();
  const client = await fixture.ahead();
  const first = await port(client);
  const second = parsePassive((await client.command('PASV', 227)).text).port;
  const arriving = [readAll(await dial(host, first)), readAll(await dial(host, second))];
  client.send('RETR a\r\nRETR b\r\n');
  await expectAll(client, [150, 226, 150, 226]);
  assert.deepEqual((await Promise.all(arriving)).map(String), ['content of a', 'content of b']);
  await using listener = await listenActive();
  await client.command(`PORT ${listener.portArgument}`, 200);
  client.send('RETR c\r\n');
  assert.equal(String(await readAll(await listener.accept())), 'content of c');
  await expectAll(client, [150, 226]);
  await client.command('RETR c', 425);
});

test('a client that never connects costs its own transfer, and the next one has its port', async () => {
  await using fixture = await serve({ timeouts: { connectMs: 50 } });
  const client = await fixture.ahead();
  const [, second = 0] = await ports(client, 2);
  const arriving = readAll(await dial(host, second));
  client.send('RETR a\r\nRETR b\r\n');
  await expectAll(client, [150, 425, 150, 226]);
  assert.equal(String(await arriving), 'content of b');
});

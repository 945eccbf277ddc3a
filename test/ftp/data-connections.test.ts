import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { dial, passwords, RawClient, readAll, startServer } from './harness.ts';
import {
  closed,
  dialPassive,
  freePort,
  listenActive,
  parseExtendedPassive,
  parsePassive,
  putFile,
} from './helpers.ts';

/** Connects from an address of this machine that is not the client's. */
async function dialFrom(localAddress: string, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
}

test('E01 PASV tells six numbers of a port that listens already', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const { text } = await client.command('PASV', 227);
  assert.match(text, /^227 .*\(\d+(,\d+){5}\)/);
  const { host, port } = parsePassive(text);
  const data = await dial(host, port);
  data.destroy();
});

test('E02 227 tells the address that the client called', async () => {
  await using fixture = await startServer({ host: '0.0.0.0' });
  const client = await RawClient.connect('127.0.0.5', fixture.port());
  await client.expect(220);
  await client.command('USER alice', 331);
  await client.command(`PASS ${passwords.alice}`, 230);
  const { host, port } = parsePassive((await client.command('PASV', 227)).text);
  assert.equal(host, '127.0.0.5');
  (await dial(host, port)).destroy();
  client.destroy();
});

test('E02 a configured address is what 227 tells, also to a proxy on the same machine', async () => {
  await using fixture = await startServer({ passiveAddress: '203.0.113.9' });
  const client = await fixture.login();
  const { host, port } = parsePassive((await client.command('PASV', 227)).text);
  assert.equal(host, '203.0.113.9');
  (await dial('127.0.0.1', port)).destroy();
});

for (const command of ['PASV', 'EPSV'] as const) {
  test(`E03 after ${command} twice the first port is closed and the second works`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    const first = parseExtendedPassive((await client.command('EPSV', 229)).text);
    const { text, code } = await client.command(command);
    const second = code === 227 ? parsePassive(text).port : parseExtendedPassive(text);
    await assert.rejects(dial('127.0.0.1', first), { code: 'ECONNREFUSED' });
    const data = await dial('127.0.0.1', second);
    const arriving = readAll(data);
    await client.command('RETR f', 150);
    assert.equal((await arriving).toString(), 'content');
    await client.expect(226);
  });
}

for (const host of ['127.0.0.1', '::1']) {
  test(`E04 EPSV works over ${host}`, async () => {
    await using fixture = await startServer({ host });
    const client = await fixture.login();
    assert.match((await client.command('EPSV', 229)).text, /\(\|\|\|\d+\|\)/);
    await client.upload('STOR f', 'content');
    assert.equal((await client.download('RETR f')).toString(), 'content');
  });
}

test('E05 EPSV of another family is refused with the one there is', async () => {
  await using fixture = await startServer({ host: '::1' });
  const client = await fixture.login();
  assert.match((await client.command('EPSV 1', 522)).text, /\(2\)/);
  assert.match((await client.command('EPSV 9', 522)).text, /\(2\)/);
  await client.command('EPSV 2', 229);
  await client.command('EPSV x', 501);
});

test('E05 over IPv4 it is the other way round', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('EPSV 2', 522)).text, /\(1\)/);
  await client.command('EPSV 1', 229);
});

test('E06 after EPSV ALL every other way is refused, until REIN', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('EPSV ALL', 200);
  for (const command of [
    'PASV',
    'LPSV',
    'PORT 127,0,0,1,200,1',
    'EPRT |1|127.0.0.1|40000|',
    'LPRT 4,4,127,0,0,1,2,200,1',
  ]) {
    const { code } = await client.command(command);
    assert.ok(code >= 500 && code < 600, `${command}: ${code}`);
  }
  await client.command('EPSV', 229);
  await client.command('REIN', 220);
  await client.command('USER alice', 331);
  await client.command('PASS wonder land', 230);
  await client.command('PASV', 227);
});

test('E07 PASV and PORT over IPv6 are refused', async () => {
  await using fixture = await startServer({ host: '::1' });
  const client = await fixture.login();
  const { code } = await client.command('PASV');
  assert.ok(code >= 400 && code < 600, String(code));
  const port = await client.command('PORT 127,0,0,1,200,1');
  assert.ok(port.code >= 500, String(port.code));
});

test('E12 a connection from elsewhere is dropped, and the client is still let in', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'for alice only');
  const client = await fixture.login();
  const { port } = parsePassive((await client.command('PASV', 227)).text);
  const stranger = await dialFrom('127.0.0.2', port);
  const stolen = readAll(stranger).catch(() => Buffer.alloc(0));
  await client.command('RETR f', 150);
  const data = await dial('127.0.0.1', port);
  assert.equal((await readAll(data)).toString(), 'for alice only');
  await client.expect(226);
  assert.equal((await stolen).length, 0);
});

test('E12 many connections from elsewhere do not keep the client out', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  const { port } = parsePassive((await client.command('PASV', 227)).text);
  const strangers = await Promise.all(Array.from({ length: 5 }, () => dialFrom('127.0.0.3', port)));
  const data = await dial('127.0.0.1', port);
  const arriving = readAll(data);
  await client.command('RETR f', 150);
  assert.equal((await arriving).toString(), 'content');
  await client.expect(226);
  await Promise.all(strangers.map(closed));
});

test('E12 an account of server-to-server transfers admits the networks that it names', async () => {
  await using fixture = await startServer({ fxpNetworks: ['127.0.0.2/32'] });
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  const { port } = parsePassive((await client.command('PASV', 227)).text);
  const other = await dialFrom('127.0.0.2', port);
  const arriving = readAll(other);
  await client.command('RETR f', 150);
  assert.equal((await arriving).toString(), 'content');
  await client.expect(226);
  await client.command('PORT 127,0,0,3,200,1', 504);
  await client.command('PORT 127,0,0,2,200,1', 200);
});

test('E13 a client that never connects gets 425, and the session goes on', async () => {
  await using fixture = await startServer({ timeouts: { connectMs: 50 } });
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  await client.command('PASV', 227);
  await client.command('RETR f', 150);
  await client.expect(425);
  assert.equal((await client.download('RETR f')).toString(), 'content');
});

for (const command of ['LIST', 'NLST', 'MLSD', 'RETR f', 'STOR g', 'APPE g', 'STOU']) {
  test(`E15 ${command} without PASV or PORT gets 425`, async () => {
    await using fixture = await startServer();
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    await client.command(command, 425, 503);
    await client.command('NOOP', 200);
  });
}

test('E16 one PASV serves one transfer', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  await client.download('RETR f');
  await client.command('RETR f', 425);
  await using listener = await listenActive();
  await client.command(`PORT ${listener.portArgument}`, 200);
  await client.command('RETR f', 150);
  await readAll(await listener.accept());
  await client.expect(226);
  await client.command('RETR f', 425);
});

test('E16 a transfer refused before 150 leaves the port for the next', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  const arriving = readAll(await dialPassive(client));
  await client.command('RETR missing', 550);
  await client.command('RETR f', 150);
  assert.equal((await arriving).toString(), 'content');
  await client.expect(226);
});

test('E17 the next passive port cannot be told from the last', async () => {
  await using fixture = await startServer({ passivePorts: [20_000, 29_999] });
  const client = await fixture.login();
  const ports: number[] = [];
  while (ports.length < 50) ports.push(parseExtendedPassive((await client.command('EPSV', 229)).text));
  const steps = ports.slice(1).map((port, index) => port - (ports[index] ?? 0));
  assert.ok(new Set(ports).size >= 45, ports.join(' '));
  assert.ok(new Set(steps).size >= 45, steps.join(' '));
  assert.ok(steps.filter((step) => Math.abs(step) < 10).length <= 5, steps.join(' '));
});

test('E18 when no port is left PASV gets 425, and works again when one is free', async () => {
  const port = await freePort();
  await using fixture = await startServer({ passivePorts: [port, port] });
  const first = await fixture.login();
  const second = await fixture.login();
  assert.equal(parseExtendedPassive((await first.command('EPSV', 229)).text), port);
  await second.command('EPSV', 425);
  await second.command('PASV', 425);
  await first.command('EPSV', 229);
  await first.command('ABOR', 225, 226);
  assert.equal(parseExtendedPassive((await second.command('EPSV', 229)).text), port);
  await second.command('QUIT', 221);
  await second.end();
  await first.upload('STOR f', 'content');
  assert.equal((await first.download('RETR f')).toString(), 'content');
});

test('E18 a port that a session has abandoned goes to the one that needs it', async () => {
  const port = await freePort();
  await using fixture = await startServer({ passivePorts: [port, port], timeouts: { abandonedPortMs: 0 } });
  const first = await fixture.login();
  const second = await fixture.login();
  await first.command('EPSV', 229);
  await second.upload('STOR f', 'content');
  await first.command('RETR f', 425);
  assert.equal((await first.download('RETR f')).toString(), 'content');
});

for (const end of ['end', 'resetAndDestroy'] as const) {
  test(`E19 a data connection that ends at once (${end}) costs one transfer at most`, async () => {
    await using fixture = await startServer({ timeouts: { connectMs: 500 } });
    const client = await fixture.login();
    const data = await dialPassive(client);
    data[end]();
    await client.command('STOR f', 150);
    await client.expect(226, 425, 426);
    await client.upload('STOR f', 'content');
    assert.equal((await client.download('RETR f')).toString(), 'content');
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, readAll, startServer } from './harness.ts';
import { freePort, listenActive, putFile } from './helpers.ts';

test('E08 PORT makes the server call the client, from the address that it called', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  await using listener = await listenActive();
  await client.command(`PORT ${listener.portArgument}`, 200);
  await client.command('RETR f', 150);
  const data = await listener.accept();
  assert.equal(data.remoteAddress, '127.0.0.1');
  assert.equal((await readAll(data)).toString(), 'content');
  await client.expect(226);
});

for (const [argument, ...codes] of [
  ['127,0,0,2,200,1', 504],
  ['8,8,8,8,200,1', 504],
  ['0,0,0,0,200,1', 504],
  ['224,0,0,1,200,1', 504],
  ['127,0,0,1,0,25', 504],
  ['127,0,0,1,0,0', 501, 504],
  ['1,2,3', 501],
  ['256,0,0,1,200,1', 501],
  ['127,0,0,1,200,256', 501],
  ['127,0,0,1,200,1,1', 501],
  ['127.0.0.1,200,1', 501],
  ['-1,0,0,1,200,1', 501],
  ['', 501],
] as const) {
  test(`E09 PORT ${argument} is refused`, async () => {
    await using fixture = await startServer();
    const client = await fixture.login();
    await client.command(`PORT ${argument}`, ...codes);
    await client.command('LIST', 425);
  });
}

for (const [argument, ...codes] of [
  ['|1|127.0.0.2|40000|', 504],
  ['|2|::ffff:127.0.0.2|40000|', 501, 504],
  ['|2|2001:db8::1|40000|', 504],
  ['|1|127.0.0.1|25|', 504],
  ['|1|127.0.0.1|40000', 501],
  ['|1|127.0.0.1|65536|', 501],
  ['|1|localhost|40000|', 501],
  ['|1|::1|40000|', 501],
  ['|9|', 501, 522],
  ['', 501],
] as const) {
  test(`E10 EPRT ${argument} is refused`, async () => {
    await using fixture = await startServer();
    const client = await fixture.login();
    await client.command(`EPRT ${argument}`, ...codes);
    await client.command('LIST', 425);
  });
}

test('E10 an unknown family of EPRT gets 522 with those there are', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('EPRT |3|x|40000|', 522)).text, /^[^(]*\(1,2\)[^)]*$/);
});

test('E11 LPRT and LPSV carry addresses of both families', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    await using fixture = await startServer({ host });
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    await using listener = await listenActive(host);
    const address = host === '::1' ? '6,16,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1' : '4,4,127,0,0,1';
    await client.command(`LPRT ${address},2,${listener.port >> 8},${listener.port & 255}`, 200);
    await client.command('RETR f', 150);
    assert.equal((await readAll(await listener.accept())).toString(), 'content');
    await client.expect(226);
    const { text } = await client.command('LPSV', 228);
    assert.ok(text.includes(`(${address},2,`), text);
    const [high = 0, low = 0] = /,(\d+),(\d+)\)/.exec(text)?.slice(1).map(Number) ?? [];
    const data = await dial(host, high * 256 + low);
    const arriving = readAll(data);
    await client.command('RETR f', 150);
    assert.equal((await arriving).toString(), 'content');
    await client.expect(226);
  }
});

test('E11 LPRT of an unknown family gets 521, of another address 504', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  assert.match((await client.command('LPRT 9,4,127,0,0,1,2,200,1', 521)).text, /\(4,6\)/);
  await client.command('LPRT 4,4,127,0,0,2,2,200,1', 504);
  await client.command('LPRT 4,4,127,0,0,1,2,0,25', 504);
  await client.command('LPRT 4,4,127,0,0', 501);
});

for (const host of ['127.0.0.1', '::1']) {
  test(`E10 EPRT works over ${host}, with any delimiter`, async () => {
    await using fixture = await startServer({ host });
    await putFile(fixture.fileSystem, '/f', 'content');
    const client = await fixture.login();
    await using listener = await listenActive(host);
    for (const delimiter of ['|', '!', '#']) {
      await client.command(`EPRT ${listener.eprtArgument.replaceAll('|', delimiter)}`, 200);
      await client.command('RETR f', 150);
      assert.equal((await readAll(await listener.accept())).toString(), 'content');
      await client.expect(226);
    }
  });
}

test('E14 a client that refuses the connection gets 425', async () => {
  await using fixture = await startServer();
  await putFile(fixture.fileSystem, '/f', 'content');
  const client = await fixture.login();
  const port = await freePort();
  await client.command(`PORT 127,0,0,1,${port >> 8},${port & 255}`, 200);
  await client.command('RETR f', 150);
  await client.expect(425);
  assert.equal((await client.download('RETR f')).toString(), 'content');
});

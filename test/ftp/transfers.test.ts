import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { dial, startServer } from './harness.ts';

test('F01 files of every size come back as they went', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  for (const size of [0, 1, 1024, 65_535, 65_536, 10 * 1024 * 1024]) {
    const content = randomBytes(size);
    await client.upload('STOR file.bin', content);
    assert.deepEqual(await client.download('RETR file.bin'), content, `${size} octets`);
  }
});

test('F02 a missing file or a directory is refused before any 150', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.command('MKD dir', 257);
  const data = await client.passive();
  await client.command('RETR missing', 550);
  await client.command('RETR dir', 550);
  data.destroy();
});

test('G01 REST moves the beginning of the next RETR and of no other', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.upload('STOR f', '0123456789');
  await client.command('REST 5', 350);
  assert.equal((await client.download('RETR f')).toString(), '56789');
  assert.equal((await client.download('RETR f')).toString(), '0123456789');
});

test('E08 PORT makes the server connect to the client', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  await client.upload('STOR f', 'active');
  const { createServer } = await import('node:net');
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  const arrived = new Promise<string>((resolve) => {
    listener.once('connection', (socket) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('end', () => resolve(text));
    });
  });
  await client.command(`PORT 127,0,0,1,${port >> 8},${port & 255}`, 200);
  await client.command('RETR f', 150);
  assert.equal(await arrived, 'active');
  await client.expect(226);
  listener.close();
});

test('E03 a second PASV closes the port of the first', async () => {
  await using fixture = await startServer();
  const client = await fixture.login();
  const first = await client.command('EPSV', 229);
  await client.command('EPSV', 229);
  const port = Number(/\|(\d+)\|/.exec(first.text)?.[1]);
  await assert.rejects(dial('127.0.0.1', port), { code: 'ECONNREFUSED' });
});

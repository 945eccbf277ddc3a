import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratch } from '#test/cli/wherry-process.ts';
import { serve } from '#test/client/served.ts';
import { local } from '#storage/index.ts';
import { wherryOf } from './run-wherry.ts';

const loopback = '127.0.0.1';

/** A server that answers every request with the error whose number ends the name, or not at all. */
function refusing(t: TestContext): string {
  const socket = createSocket('udp4');
  const { port } = socket.bindSync({ address: loopback, port: 0 });
  t.after(() => {
    socket.close();
  });
  socket.on('message', (packet, from) => {
    const name = packet.toString('latin1', 2, packet.indexOf(0, 2));
    if (!/\d$/.test(name)) return;
    const answer = Buffer.concat([Buffer.from([0, 5, 0, Number(name.at(-1))]), Buffer.from('so it is\0')]);
    socket.send(answer, from.port, from.address);
  });
  return `tftp://${loopback}:${port}`;
}

test('each of the error numbers has its exit code and its words', async (t) => {
  const site = refusing(t);
  const run = wherryOf(t);
  const expected: readonly (readonly [number, number, string])[] = [
    [0, 1, 'the server gave up'],
    [1, 5, 'no such file'],
    [2, 5, 'does not allow it'],
    [3, 1, 'the disk of the server is full'],
    [4, 5, 'does not support it'],
    [5, 3, 'does not know the transfer'],
    [6, 5, 'exists already'],
    [7, 4, 'does not know the user'],
    [8, 3, 'refused the options'],
  ];
  await Promise.all(
    expected.map(async ([number, exitCode, words]) => {
      const { code, errors } = await run(['cat', '--retries', '0', `${site}/file${number}`]);
      assert.equal(code, exitCode, `error ${number}: ${errors}`);
      assert.ok(errors.includes(words) && errors.includes('("so it is")'), errors);
    }),
  );
});

test('a server that is silent is waited for as long as --timeout says', async (t) => {
  const run = wherryOf(t);
  const { code, errors } = await run(['cat', '--retries', '0', '--timeout', '1', `${refusing(t)}/silence`]);
  assert.equal(code, 7, errors);
  assert.match(errors, /does not answer/);
});

test('what TFTP cannot do is said without asking the server', async (t) => {
  const run = wherryOf(t);
  for (const words of [['ls'], ['rm'], ['stat'], ['mkdir']]) {
    const { code, errors } = await run([...words, `${refusing(t)}/name`]);
    assert.equal(code, 5, errors);
    assert.match(errors, /TFTP has no such request/);
  }
});

test('the flags of TFTP say what is asked for, and the protocol log what was granted', async (t) => {
  const [remote, here] = [scratch(t), scratch(t)];
  const served = await serve(t, { fileSystem: local(remote) });
  const run = wherryOf(t);
  const text = 'one\ntwo\n'.repeat(500);
  await writeFile(join(remote, 'text'), text);
  const address = served.address('tftp', 'text');
  const get = (...words: string[]) => run(['cat', '-v', ...words, address]);
  const usual = await get();
  assert.match(usual.errors, /> RRQ text octet blksize 1428 tsize 0 windowsize 32\n< OACK blksize 1428/);
  const plain = await get('--tftp-block', '512', '--tftp-window', '1', '--tftp-mode', 'netascii');
  assert.match(plain.errors, /> RRQ text netascii\b/);
  for (const { code, output, errors } of [usual, plain]) {
    assert.equal(code, 0, errors);
    assert.equal(output, text);
  }
  await writeFile(join(here, 'lines'), text);
  const put = await run(['put', '-v', '--tftp-mode', 'netascii', 'lines', served.address('tftp', 'back')], {
    directory: here,
  });
  assert.equal(put.code, 0, put.errors);
  assert.match(put.errors, /> WRQ back netascii blksize 1428/);
  assert.equal(await readFile(join(remote, 'back'), 'utf8'), text);
  assert.equal((await get('--tftp-block', '7')).code, 2);
  assert.equal((await get('--tftp-mode', 'mail')).code, 2);
});

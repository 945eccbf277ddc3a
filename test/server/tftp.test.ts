import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { noSsh, runWherry, scratch, startWherry } from '#test/cli/wherry-process.ts';
import { lacking, run } from '#test/interop/programs.ts';
import { data, optionsOf, RawPeer, request } from '#test/tftp/harness.ts';

const skip = lacking(['curl'], 'curl');

test('curl gets by TFTP, and writes nothing unless that is on', { skip }, async (t) => {
  const server = await startWherry(t, { words: ['--host', '127.0.0.1', '--tftp', '0'] });
  const url = `tftp://127.0.0.1:${server.port('tftp')}/`;
  const cwd = scratch(t);
  const content = randomBytes(100_000);
  writeFileSync(join(server.directory, 'image.bin'), content);
  writeFileSync(join(cwd, 'new.bin'), 'new');
  const got = await run('curl', { words: ['-sS', '-o', 'image.bin', `${url}image.bin`] }, { cwd });
  assert.equal(got.code, 0, got.said);
  assert.ok(readFileSync(join(cwd, 'image.bin')).equals(content));
  const put = await run('curl', { words: ['-sS', '-T', 'new.bin', url] }, { cwd });
  assert.notEqual(put.code, 0);
  assert.ok(!existsSync(join(server.directory, 'new.bin')));
});

for (const [mode, replaces] of [
  ['create', false],
  ['overwrite', true],
] as const) {
  test(
    `--tftp-write ${mode} makes files and ${replaces ? 'replaces' : 'keeps'} others`,
    { skip },
    async (t) => {
      const server = await startWherry(t, {
        words: ['--host', '127.0.0.1', '--tftp', '0', '--tftp-write', mode],
      });
      const cwd = scratch(t);
      for (const name of ['new.bin', 'old.bin']) writeFileSync(join(cwd, name), 'sent');
      writeFileSync(join(server.directory, 'old.bin'), 'kept');
      for (const name of ['new.bin', 'old.bin']) {
        await run(
          'curl',
          { words: ['-sS', '-T', name, `tftp://127.0.0.1:${server.port('tftp')}/`] },
          { cwd },
        );
      }
      // curl does not wait for the last acknowledgement; the server has it in place once it tells of it.
      await server.event(({ event, path }) => event === 'transfer-finished' && path === '/new.bin');
      if (replaces)
        await server.event(({ event, path }) => event === 'transfer-finished' && path === '/old.bin');
      assert.equal(readFileSync(join(server.directory, 'new.bin'), 'utf8'), 'sent');
      assert.equal(readFileSync(join(server.directory, 'old.bin'), 'utf8'), replaces ? 'sent' : 'kept');
    },
  );
}

test('writing by TFTP needs TFTP, and contradicts --read-only', async () => {
  const without = await runWherry(['serve', '--tftp-write', 'create']);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /needs --tftp PORT/);
  const both = await runWherry(['serve', '--tftp', '0', '--tftp-write', 'create', '--read-only']);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /contradict/);
});

test('a configuration says who gets which files, how large things may be, and how transfers answer', async (t) => {
  const directory = scratch(t);
  for (const place of ['lobby', 'common', 'templates', 'configs']) mkdirSync(join(directory, place));
  writeFileSync(join(directory, 'lobby', 'menu'), 'of the lobby');
  writeFileSync(join(directory, 'common', 'menu'), 'of everybody');
  writeFileSync(join(directory, 'templates', 'phone.xml'), '<mac>{{mac}}</mac><by>{{serverAddress}}</by>');
  const file = join(scratch(t), 'wherry.yaml');
  writeFileSync(
    file,
    `listen:
  host: 127.0.0.1
  tftp: 0
tftp:
  write: create
  ports: single
  rollover: 1
  largestBlock: 1000
  largestWindow: 4
  largestUpload: 10 kB
  transfers: 8
  transfersPerAddress: 6
  allowedNetworks: [127.0.0.0/8]
  lowestClientPort: 1024
  backslashSeparates: false
  templates:
    - { name: 'SEP{mac}.cnf.xml', template: /templates/phone.xml }
  directories:
    - { files: '*.cfg', directory: /configs }
    - { networks: [192.0.2.0/24], directory: /lobby }
    - { networks: [127.0.0.0/8], directory: /common }
`,
  );
  const server = await startWherry(t, { directory, words: ['--config', file, ...noSsh] });
  const port = server.port('tftp');
  const ask = (packet: Buffer): RawPeer => {
    const peer = RawPeer.open(t, port);
    peer.send(packet);
    return peer;
  };
  assert.equal((await ask(request(1, 'menu')).expect(3, 1)).data.toString(), 'of everybody');
  const phone = await ask(request(1, 'SEP00AA11BB22CC.cnf.xml')).expect(3, 1);
  assert.equal(phone.data.toString(), '<mac>00AA11BB22CC</mac><by>127.0.0.1</by>');
  const granted = await ask(request(1, 'menu', 'octet', 'blksize', '1428', 'windowsize', '32')).expect(6);
  assert.deepEqual(optionsOf(granted.packet), { blksize: '1000', windowsize: '4' });
  assert.equal(granted.from.port, port, 'the port that was asked answers');
  await ask(request(2, 'large.cfg', 'octet', 'tsize', '10001')).expect(5, 3);
  const upload = ask(request(2, 'edge1.cfg'));
  await upload.expect(4, 0);
  upload.send(data(1, Buffer.from('hostname edge1')));
  await upload.expect(4, 1);
  assert.equal(readFileSync(join(directory, 'configs', 'edge1.cfg'), 'utf8'), 'hostname edge1');
  await ask(request(2, 'edge1.cfg')).expect(5, 6);
});

test('patterns and numbers of TFTP that cannot be are told with their lines, all at once', async (t) => {
  const file = join(scratch(t), 'wherry.yaml');
  writeFileSync(
    file,
    `listen: { tftp: 69 }
tftp:
  rollover: 2
  largestBlock: 7
  templates:
    - { name: '{mac}{mac}', template: /t }
  directories:
    - { files: '*a*b*c*d', directory: /fine }
    - { files: '*a*b*c*d*e', directory: /x }
`,
  );
  const { code, stderr } = await runWherry(['config', 'check', '--config', file]);
  assert.equal(code, 2);
  for (const told of [
    ':3: tftp.rollover: 2: choose 0 or 1',
    ':4: tftp.largestBlock: 7: give a whole number from 8',
    ':6: tftp.templates[0].name',
    ':9: tftp.directories[1].files',
  ]) {
    assert.ok(stderr.includes(told), `${told} in ${stderr}`);
  }
});

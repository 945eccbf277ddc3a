import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { dial, RawClient, readAll } from '#test/ftp/harness.ts';
import { blocksOf, startDocumented } from './documented-server.ts';

/** What differs from run to run: the port of 227, owner, group and time of a listing. */
function masked(line: string): string {
  return line
    .replace(/\(127,0,0,1,\d+,\d+\)/, '(address and port)')
    .replace(/^([-d][-rwx]{9} +\d+) \S+ +\S+( +\d+) \w{3} [ \d]\d [ \d]\d:\d\d /, '$1 owner group$2 time ');
}

test('the session in the README is the one that the server has', async () => {
  const [serverBlock = ''] = await blocksOf('README.md', 'sh', 'server');
  const [session = ''] = await blocksOf('README.md', 'text', 'session');
  const lines = session.trimEnd().split('\n');
  await using server = await startDocumented(serverBlock);
  const client = await RawClient.connect('127.0.0.1', server.port('ftp'));
  let data: Socket | null = null;
  let replayed = 0;
  for (const line of lines) {
    if (line.startsWith('> ')) {
      client.send(`${line.slice(2)}\r\n`);
    } else if (line.startsWith('   -> ')) {
      assert.ok(data, `no data connection for: ${line}`);
      data.end(`${line.slice(6)}\r\n`);
      data = null;
    } else if (line.startsWith('   <- ')) {
      assert.ok(data, `no data connection for: ${line}`);
      assert.equal(masked((await readAll(data)).toString('latin1')), `${masked(line.slice(6))}\r\n`);
      data = null;
    } else {
      const { text } = await client.reply();
      assert.equal(masked(text.trimEnd()), masked(line));
      const numbers = /\(127,0,0,1,(\d+),(\d+)\)/.exec(text);
      if (numbers !== null) data = await dial('127.0.0.1', Number(numbers[1]) * 256 + Number(numbers[2]));
      replayed += 1;
    }
  }
  await client.end();
  client.destroy();
  assert.ok(replayed >= 10, 'the session has replies');
  assert.match(session, /^> USER [\s\S]*^> PASS [\s\S]*^> PASV[\s\S]*^> LIST[\s\S]*^> QUIT$/m);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { openTunnel } from '#protocols/ssh/client/tunnel-dialer.ts';
import { startWherry } from '#test/cli/wherry-process.ts';
import { logIn } from './ssh-client.ts';

const alice = { user: 'alice', password: 'wonderland' } as const;

/** Reads replies of an FTP server one after the other. */
class Replies {
  readonly #stream: Duplex;
  readonly #lines: AsyncIterator<string>;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#lines = linesOf(stream);
  }

  async next(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error('the control connection ended');
      if (/^\d{3} /.test(value)) return value;
    }
  }

  ask(command: string): Promise<string> {
    this.#stream.write(`${command}\r\n`);
    return this.next();
  }
}

async function* linesOf(stream: Duplex): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
}

function passivePort(reply: string): number {
  return Number(/\|(\d+)\|/.exec(reply)?.[1]);
}

test('--require-tls takes FTP in the tunnel for protected, and its data only through the tunnel', async (t) => {
  const server = await startWherry(t, {
    words: ['--host', '127.0.0.1', '--require-tls', '--user', `${alice.user}:${alice.password}`],
  });
  writeFileSync(join(server.directory, 'file'), 'content');
  const port = server.port('ftp');
  const direct = connect({ port, host: '127.0.0.1' });
  t.after(() => direct.destroy());
  const outside = new Replies(direct);
  await outside.next();
  assert.match(await outside.ask(`USER ${alice.user}`), /^530 /);
  const { ssh } = await logIn(t, server.port('sftp'), alice);
  const dialer = openTunnel(ssh);
  const { signal } = new AbortController();
  const inside = new Replies(await dialer.dial({ host: '127.0.0.1', port }, { signal }));
  assert.match(await inside.next(), /^220 /);
  assert.match(await inside.ask(`USER ${alice.user}`), /^331 /);
  assert.match(await inside.ask(`PASS ${alice.password}`), /^230 /);
  assert.match(await inside.ask('PORT 127,0,0,1,200,1'), /^[25]/);
  assert.match(await inside.ask('RETR file'), /^5\d\d /);
  const data = passivePort(await inside.ask('EPSV'));
  // Whoever comes another way is turned away, and the tunnel still waited for.
  const stranger = connect({ port: data, host: '127.0.0.1' });
  // It is reset, which is an error for it.
  stranger.on('error', () => undefined);
  const gone = new Promise<void>((resolve) => {
    stranger.once('close', () => {
      resolve();
    });
  });
  await once(stranger, 'connect');
  const retrieving = inside.ask('RETR file');
  await gone;
  const stream = await dialer.dial({ host: '127.0.0.1', port: data }, { signal });
  assert.match(await retrieving, /^150 /);
  const received: Buffer[] = [];
  for await (const chunk of stream) received.push(chunk as Buffer);
  assert.equal(Buffer.concat(received).toString(), 'content');
  assert.match(await inside.next(), /^226 /);
});

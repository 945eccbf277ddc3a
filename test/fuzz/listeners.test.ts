import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startWherry } from '#test/cli/wherry-process.ts';
import { Fuzz } from './fuzzing.ts';

/** Beginnings after which a listener looks further than at the first octet. */
const beginnings = [
  '',
  'SSH-2.0-fuzz\r\n',
  'USER anonymous\r\nPASS x\r\n',
  'AUTH TLS\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
  'GET / HTTP/1.1\r\nHost: x\r\n',
  'POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n',
] as const;

const listeners = ['ftp', 'ftps', 'sftp', 'http'] as const;

/** What the program may grow by under rubbish: buffers of many connections and a heap that is not tidied at once. */
const growthKib = 400_000;

function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

/** Sends rubbish and leaves, in order or by a reset in the middle. */
async function pester(port: number, fuzz: Fuzz): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  const closed = once(socket, 'close');
  socket.on('error', () => undefined).resume();
  socket.write(fuzz.pick(beginnings), 'latin1');
  for (let chunk = fuzz.below(4); chunk > 0; chunk -= 1) socket.write(fuzz.bytes(2000));
  if (fuzz.chance(2)) socket.end(() => socket.destroy());
  else socket.write(fuzz.bytes(10), () => socket.resetAndDestroy());
  await closed;
}

/** The first octets that a listener says to somebody who speaks properly. */
async function greeting(port: number, said: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(said);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.toString('latin1');
}

test(
  'O06: random octets on every listener leave the program alive and its memory bounded',
  { skip: process.platform === 'linux' ? false : 'reads /proc' },
  async (t) => {
    const server = await startWherry(t, {
      words: ['--host', '127.0.0.1', '--anonymous', '--tftp', '0', '--log', 'warnings'],
    });
    const pid = server.child.pid ?? 0;
    const fuzz = new Fuzz(5, 3);
    const datagrams = createSocket('udp4');
    t.after(() => datagrams.close());
    for (let warm = 0; warm < 40; warm += 1) await pester(server.port(fuzz.pick(listeners)), fuzz);
    const before = residentKib(pid);
    while (fuzz.next()) {
      const ports = Array.from({ length: 8 }, () => server.port(fuzz.pick(listeners)));
      datagrams.send(fuzz.bytes(600), server.port('tftp'), '127.0.0.1');
      await Promise.all(ports.map((port) => pester(port, fuzz)));
    }
    assert.equal(server.child.exitCode, null);
    assert.match(await greeting(server.port('ftp'), ''), /^220/);
    assert.match(await greeting(server.port('sftp'), ''), /^SSH-2\.0-/);
    assert.match(await greeting(server.port('http'), 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 /);
    const grown = residentKib(pid) - before;
    assert.ok(grown < growthKib, `grown by ${grown} KiB in ${fuzz.rounds} rounds`);
    assert.equal(server.errors(), '');
  },
);

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { HttpListener } from '#protocols/http/server/http-listener.ts';

const request = 'GET / HTTP/1.1\r\nHost: harbour\r\n\r\n';

async function connectTo(t: TestContext, handle: RequestListener): Promise<Socket> {
  const listener = new HttpListener({ handle, contextFor: null, ownerSockets: new WeakSet() });
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => listener.close(0));
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('a connection that asks ever more and takes no answer is ended', async (t) => {
  let asked = 0;
  const socket = await connectTo(t, () => {
    asked += 1;
  });
  socket.on('error', () => undefined).resume();
  socket.write(request.repeat(1000));
  await once(socket, 'close');
  assert.equal(asked, 32);
});

test('requests sent ahead are answered in turn, however many follow each other', async (t) => {
  const waiting: ServerResponse[] = [];
  const socket = await connectTo(t, (_request, response) => {
    waiting.push(response);
    if (waiting.length < 20) return;
    for (const one of waiting.splice(0)) one.end('.');
  });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  for (let batch = 1; batch <= 4; batch += 1) {
    socket.write(request.repeat(20));
    while (text.split('HTTP/1.1 200 OK').length - 1 < batch * 20) await once(socket, 'data');
  }
  socket.end();
  await once(socket, 'close');
  assert.equal(text.split('HTTP/1.1 200 OK').length - 1, 80);
});

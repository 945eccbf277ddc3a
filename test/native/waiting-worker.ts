/** Holds sockets on which it waits for ever, and tells the one it was started by. */
import { parentPort } from 'node:worker_threads';
import { TcpListener, connectTcp } from '#native/index.ts';

const listener = await TcpListener.bind({ host: '127.0.0.1', port: 0 });
await listener.listen();
const connecting = connectTcp({ host: '127.0.0.1', port: listener.port });
const near = await listener.accept();
const far = await connecting;
const waiting = [near.read(new Uint8Array(10)), far.read(new Uint8Array(10)), listener.accept()];
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
parentPort?.postMessage(waiting.length);

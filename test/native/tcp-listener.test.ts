import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fails, listening, pair, readAll } from './pairs.ts';
import { openDescriptors, rooms, untilDescriptors } from './rooms.ts';

const aborted = { name: 'AbortError' };
const host = '127.0.0.1';

for (const { mode, room } of rooms) {
  test(`${mode}: refuses connections before listening and after stopping, and keeps its port`, async (context) => {
    const listener = await room.TcpListener.bind({ host, port: 0 });
    context.after(() => listener.close());
    const { port } = listener;
    assert.ok(port > 0);
    const refused = (): Promise<void> =>
      fails(() => room.connectTcp({ host, port }), { code: 'ECONNREFUSED' });
    await refused();
    await fails(() => listener.accept(), aborted);
    for (let round = 0; round < 3; round += 1) {
      await listener.listen();
      await listener.listen();
      assert.equal(listener.port, port);
      const connecting = room.connectTcp({ host, port });
      const near = await listener.accept();
      const far = await connecting;
      listener.stop();
      listener.stop();
      await refused();
      await far.write(Buffer.from('still connected'));
      await far.end();
      assert.equal((await readAll(near)).toString(), 'still connected');
      near.destroy();
      far.destroy();
    }
  });

  test(`${mode}: stopping resets who is queued and fails who waits`, async (context) => {
    const listener = await listening(context, room);
    const queued = await room.connectTcp({ host, port: listener.port });
    listener.stop();
    await fails(() => queued.read(new Uint8Array(1)), { code: 'ECONNRESET' });
    queued.destroy();
    await listener.listen();
    const waiting = fails(() => listener.accept(), aborted);
    listener.stop();
    await waiting;
    await listener.listen();
    const waitingAgain = fails(() => listener.accept(), aborted);
    listener.close();
    listener.close();
    await waitingAgain;
    await fails(() => listener.listen(), aborted);
    await fails(() => listener.accept(), aborted);
  });

  test(`${mode}: who connects while a listener rests is never accepted`, async (context) => {
    const listener = await listening(context, room);
    const waiting = fails(() => listener.accept(), aborted);
    listener.rest();
    await waiting;
    await fails(() => listener.accept(), aborted);
    const early = await Promise.allSettled([1, 2].map(() => room.connectTcp({ host, port: listener.port })));
    await listener.listen();
    for (const attempt of early) {
      if (attempt.status === 'rejected') continue;
      await fails(() => attempt.value.read(new Uint8Array(1)), { code: 'ECONNRESET' });
      attempt.value.destroy();
    }
    const connecting = room.connectTcp({ host, port: listener.port });
    const near = await listener.accept();
    const far = await connecting;
    assert.equal(near.remotePort, far.localPort);
    near.destroy();
    far.destroy();
    listener.rest();
    listener.stop();
    await fails(() => room.connectTcp({ host, port: listener.port }), { code: 'ECONNREFUSED' });
  });

  test(`${mode}: more than a queue of strangers makes a resting listener start anew`, async (context) => {
    const listener = await room.TcpListener.bind({ host, port: 0, backlog: 1 });
    context.after(() => listener.close());
    await listener.listen();
    listener.rest();
    const strangers = await Promise.allSettled(
      Array.from({ length: 4 }, () =>
        room.connectTcp({ host, port: listener.port, signal: AbortSignal.timeout(200) }),
      ),
    );
    await listener.listen();
    const connecting = room.connectTcp({ host, port: listener.port });
    const near = await listener.accept();
    const far = await connecting;
    assert.equal(near.remotePort, far.localPort);
    near.destroy();
    far.destroy();
    for (const stranger of strangers) if (stranger.status === 'fulfilled') stranger.value.destroy();
  });

  test(`${mode}: an accept can be given up, and the next one gets the connection`, async (context) => {
    const listener = await listening(context, room);
    const controller = new AbortController();
    const waiting = fails(() => listener.accept(controller.signal), aborted);
    await fails(() => listener.accept(), { code: 'EALREADY' });
    controller.abort();
    await waiting;
    await fails(() => listener.accept(AbortSignal.abort()), aborted);
    const connecting = room.connectTcp({ host, port: listener.port });
    const near = await listener.accept(new AbortController().signal);
    (await connecting).destroy();
    near.destroy();
  });

  test(`${mode}: says which address or port cannot be had`, async (context) => {
    const listener = await listening(context, room);
    const bind = room.TcpListener.bind.bind(room.TcpListener);
    await fails(() => bind({ host, port: listener.port }), { code: 'EADDRINUSE' });
    await fails(() => bind({ host: 'localhost', port: 0 }), { code: 'EINVAL' });
    await fails(() => bind({ host: '192.0.2.1', port: 0 }), { code: 'EADDRNOTAVAIL' });
    const onlySix = await bind({ host: '::', port: 0, ipv6Only: true });
    context.after(() => onlySix.close());
    await onlySix.listen();
    await fails(() => room.connectTcp({ host, port: onlySix.port }), { code: 'ECONNREFUSED' });
    const far = await room.connectTcp({ host: '::1', port: onlySix.port });
    (await onlySix.accept()).destroy();
    far.destroy();
  });

  test(`${mode}: connects from the address and port asked for`, async (context) => {
    const listener = await listening(context, room);
    const reserve = await room.TcpListener.bind({ host: '127.0.0.2', port: 0 });
    const localPort = reserve.port;
    reserve.close();
    for (const from of [{ localAddress: '127.0.0.2' }, { localAddress: '127.0.0.2', localPort }]) {
      const connecting = room.connectTcp({ host, port: listener.port, ...from });
      const near = await listener.accept();
      const far = await connecting;
      assert.equal(near.remoteAddress, '127.0.0.2');
      if ('localPort' in from) assert.equal(near.remotePort, localPort);
      // The end that closes first keeps the port in TIME_WAIT, so that is the listener's.
      near.destroy();
      await far.waitForPeerClose();
      far.destroy();
    }
    await fails(() => room.connectTcp({ host: 'localhost', port: listener.port }), { code: 'EINVAL' });
    await fails(() => room.connectTcp({ host, port: listener.port, localAddress: 'here' }), {
      code: 'EINVAL',
    });
    await fails(() => room.connectTcp({ host, port: 1 }), { code: 'ECONNREFUSED' });
    const stopped = { host, port: listener.port, signal: AbortSignal.abort() };
    await fails(() => room.connectTcp(stopped), aborted);
  });

  test(`${mode}: a connection attempt can be given up`, async (context) => {
    // Nobody accepts and the queue is full, so that further attempts stay unanswered.
    const listener = await listening(context, room);
    const before = openDescriptors();
    const controllers = Array.from({ length: 40 }, () => new AbortController());
    const attempts = controllers.map(async ({ signal }) => {
      try {
        (await room.connectTcp({ host, port: listener.port, signal })).destroy();
        return 'connected';
      } catch (error) {
        return (error as Error).name;
      }
    });
    for (const controller of controllers) controller.abort();
    const outcomes = await Promise.all(attempts);
    assert.ok(outcomes.includes('AbortError'));
    assert.ok(outcomes.every((outcome) => outcome === 'AbortError' || outcome === 'connected'));
    listener.close();
    await untilDescriptors(before);
  });

  test(`${mode}: thousands of connections leave no descriptor behind`, async (context) => {
    const listener = await listening(context, room);
    const target = new Uint8Array(100);
    // The first one makes what is kept for good.
    const cycle = async (round: number): Promise<void> => {
      const controller = new AbortController();
      const connecting = room.connectTcp({ host, port: listener.port, signal: controller.signal });
      const near = await listener.accept(controller.signal);
      const far = await connecting;
      const way = round % 4;
      if (way === 0) await far.write(Buffer.from('hello'));
      if (way === 1) far.reset();
      if (way === 2) await far.end();
      if (way === 3) {
        const reading = fails(() => near.read(target), aborted);
        near.destroy();
        await reading;
      }
      if (way === 0) assert.equal(await near.read(target), 5);
      if (way === 2) assert.equal(await near.read(target), 0);
      controller.abort();
      near.destroy();
      far.destroy();
    };
    await cycle(2);
    const before = openDescriptors();
    for (let round = 0; round < (mode === 'portable' ? 1000 : 10_000); round += 1) await cycle(round);
    await untilDescriptors(before);
    const { near } = await pair(context, room);
    near.destroy();
  });
}

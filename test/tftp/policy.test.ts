import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { WherryError } from '#core/errors.ts';
import { resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import { EventBus } from '#engine/events.ts';
import { SessionRegistry } from '#engine/session-registry.ts';
import { tftpAccount } from '#protocols/tftp/server/account.ts';
import { serveTftp } from '#protocols/tftp/server/tftp-server.ts';
import {
  ack,
  contentOf,
  data,
  loopback,
  memory,
  noise,
  optionsOf,
  RawPeer,
  readBlocks,
  request,
  serve,
} from './harness.ts';

test('a directory for a network, for a pattern of names, and for nobody else', async (t) => {
  const fileSystem = memory({
    'phones/file': Buffer.from('phones'),
    'boot/file': Buffer.from('boot'),
    'boot/x.efi': Buffer.from('efi'),
    file: Buffer.from('root'),
  });
  const ask = async (port: number, name: string): Promise<string> => {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, name));
    const { opcode, number, data: content } = await peer.next();
    return opcode === 5 ? `ERROR ${number}` : content.toString();
  };
  const rules = [
    { files: '*.efi', directory: '/boot' },
    { networks: ['127.0.0.0/8'], directory: '/phones' },
  ];
  const first = serve(t, fileSystem, { policy: { directories: rules } });
  assert.equal(await ask(first.port, 'x.efi'), 'efi');
  assert.equal(await ask(first.port, '/file'), 'phones');
  const second = serve(t, fileSystem, {
    policy: { directories: [{ networks: ['10.0.0.0/8', '2001:db8::/32'], directory: '/phones' }] },
  });
  assert.equal(await ask(second.port, 'file'), 'ERROR 1');
});

test('a name that a template serves is made for each request, and nobody can write it', async (t) => {
  const template = Buffer.from(
    '<device mac="{{mac}}" from="{{clientAddress}}" server="{{serverAddress}}">{{other}}\xe9</device>',
    'latin1',
  );
  const { port } = serve(t, memory({ 'templates/phone.xml': template }), {
    policy: {
      write: 'overwrite',
      templates: [{ name: 'SEP{mac}.cnf.xml', template: 'templates/phone.xml' }],
    },
  });
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'sep0011223344AF.cnf.xml', 'octet', 'tsize', '0'));
  const { packet, from } = await peer.expect(6);
  const expected = `<device mac="0011223344AF" from="${loopback}" server="${loopback}">{{other}}\xe9</device>`;
  assert.deepEqual(optionsOf(packet), { tsize: String(expected.length) });
  peer.send(ack(0), from.port);
  assert.equal((await readBlocks(peer, 512)).toString('latin1'), expected);
  const other = RawPeer.open(t, port);
  other.send(request(1, 'SEPzz11223344AF.cnf.xml'));
  await other.expect(5, 1);
  const writer = RawPeer.open(t, port);
  writer.send(request(2, 'SEP001122334455.cnf.xml'));
  await writer.expect(5, 2);
});

test('a template may have words of any kind, and is refused beyond its limit', async (t) => {
  const { port } = serve(t, memory({ t: Buffer.from('{{model}}/{{ip}}'), large: noise(100) }), {
    limits: { templateBytes: 99 },
    policy: {
      templates: [
        { name: 'cfg/{model}-{ip}', template: '/t' },
        { name: 'large*', template: '/large' },
      ],
    },
  });
  for (const [name, text] of [
    ['cfg/8841-10.1.2.3', '8841/10.1.2.3'],
    ['cfg/v2.1_b-2001:db8::7', 'v2.1_b/2001:db8::7'],
  ] as const) {
    const peer = RawPeer.open(t, port);
    peer.send(request(1, name));
    assert.equal((await readBlocks(peer, 512)).toString(), text);
  }
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'large1'));
  await peer.expect(5, 3);
});

test('policies that cannot be are refused when the server starts, and nothing listens', () => {
  const start = (policy: Parameters<typeof serveTftp>[0]['policy'], rest: object = {}): unknown =>
    serveTftp({
      host: loopback,
      port: 0,
      accountFor: () => null,
      events: new EventBus(),
      sessions: new SessionRegistry(),
      policy,
      ...rest,
    });
  for (const policy of [
    { allowedNetworks: ['10.0.0.0/33'] },
    { allowedNetworks: ['example'] },
    { directories: [{ networks: ['::/129'], directory: '/' }] },
    { templates: [{ name: '{mac}{mac}', template: '/t' }] },
    { templates: [{ name: '{}', template: '/t' }] },
    { templates: [{ name: '*a*b*c*d*e', template: '/t' }] },
  ]) {
    assert.throws(() => start(policy), { code: 'invalid-argument' });
  }
  assert.throws(() => start({}, { port: 70_000 }), { code: 'invalid-argument' });
  assert.throws(() => start({}, { limits: { transfers: 0 } }), { code: 'invalid-argument' });
  assert.throws(() => start({}, { host: '192.0.2.1' }), WherryError);
});

test('a port that is taken is an error when the server starts', (t) => {
  const socket = createSocket('udp4');
  const { port } = socket.bindSync({ address: loopback, port: 0 });
  t.after(() => {
    socket.close();
  });
  assert.throws(() => serve(t, memory(), { port }), WherryError);
});

test('an account that is refused is ERROR 2, one that cannot be found ERROR 0', async (t) => {
  for (const [accountFor, number] of [
    [() => null, 2],
    [() => Promise.reject(new Error('/etc/secret is broken')), 0],
  ] as const) {
    const { port, sessions } = serve(t, memory({ file: noise(5) }), { accountFor });
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file'));
    const { packet } = await peer.expect(5, number);
    assert.ok(!packet.toString('latin1').includes('secret'));
    assert.equal(sessions.size, 0);
  }
});

test('the account sees who asks, and its home is the root of what it gets', async (t) => {
  const fileSystem = memory({ 'home/file': Buffer.from('mine') });
  const seen: unknown[] = [];
  const { port, events, once } = serve(t, fileSystem, {
    accountFor: (client) => {
      seen.push(client);
      return tftpAccount({ fileSystem, write: 'off', home: '/home' });
    },
  });
  const peer = RawPeer.open(t, port);
  peer.send(request(1, 'file', 'octet', 'tsize', '0', 'blksize', '1000'));
  const { from } = await peer.expect(6);
  peer.send(ack(0), from.port);
  assert.equal((await readBlocks(peer, 1000)).toString(), 'mine');
  assert.deepEqual(seen, [{ remoteAddress: loopback, remotePort: peer.port, localAddress: loopback }]);
  await once('session-closed');
  const told = events.map((event) => (event.event === 'negotiated' ? event.description : event.event));
  assert.deepEqual(told, [
    'session-opened',
    'command',
    'blksize 1000, tsize 4',
    'transfer-started',
    'transfer-finished',
    'session-closed',
  ]);
});

test('of all addresses each answers from the one that was asked', async (t) => {
  const content = noise(700);
  const { port, server } = serve(t, memory({ file: content }), { host: '::' });
  const hasSix = Object.values(networkInterfaces()).some((rows) =>
    rows?.some(({ address }) => address === '::1'),
  );
  assert.ok(server.addresses.includes(loopback));
  assert.equal(server.addresses.includes('::1'), hasSix);
  for (const address of server.addresses.filter((text) => !text.includes('%'))) {
    const peer = RawPeer.open(t, port, address);
    peer.send(request(1, 'file'));
    const first = await peer.expect(3, 1);
    assert.equal(first.from.address, address);
    peer.send(ack(1), first.from.port);
    const { data: rest, from } = await peer.expect(3, 2);
    assert.equal(from.address, address);
    peer.send(ack(2), from.port);
    assert.deepEqual(Buffer.concat([first.data, rest]), content);
  }
});

for (const ports of ['own', 'single'] as const) {
  test(`closing lets a transfer finish and takes no new one (${ports} ports)`, async (t) => {
    const content = noise(700);
    const { port, server, sessions } = serve(t, memory({ file: content }), { ports });
    const peer = RawPeer.open(t, port);
    peer.send(request(1, 'file'));
    const { from, data: first } = await peer.expect(3, 1);
    const closed = server.close(60_000);
    const late = RawPeer.open(t, port);
    late.send(request(1, 'file'));
    peer.send(ack(1), from.port);
    const { data: second } = await peer.expect(3, 2);
    peer.send(ack(2), from.port);
    await closed;
    assert.deepEqual(Buffer.concat([first, second]), content);
    assert.equal(late.count, 0);
    assert.equal(sessions.size, 0);
  });
}

test('what is left when the grace is over is stopped, told so, and leaves no trace', async (t) => {
  const fileSystem = memory();
  const { port, server, once } = serve(t, fileSystem, { policy: { write: 'create' } });
  const peer = RawPeer.open(t, port);
  peer.send(request(2, 'file'));
  const { from } = await peer.expect(4, 0);
  peer.send(data(1, noise(512)), from.port);
  await peer.expect(4, 1);
  await server.close(1, 'Off for the night');
  await peer.expect(5, 0);
  assert.equal((await once('session-closed')).reason, 'Off for the night');
  await assert.rejects(contentOf(fileSystem, 'file'), { code: 'not-found' });
});

test('a session that is kicked ends its transfer only', async (t) => {
  const { port, sessions, once } = serve(t, memory({ file: noise(5000) }));
  const [one, two] = [RawPeer.open(t, port), RawPeer.open(t, port)];
  one.send(request(1, 'file'));
  await one.expect(3, 1);
  two.send(request(1, 'file'));
  const { from } = await two.expect(3, 1);
  sessions
    .list()
    .find(({ endpoint }) => endpoint.remotePort === one.port)
    ?.kick('You have had enough');
  await one.expect(5, 0);
  assert.equal((await once('session-closed')).reason, 'You have had enough');
  two.send(ack(1), from.port);
  await two.expect(3, 2);
  assert.equal(resolveVirtualPath(rootPath, 'file'), sessions.list()[0]?.transfer?.path);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectOptions } from '#client/options.ts';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { get, put } from '../client/places.ts';
import { serve } from '../client/served.ts';

const content = Buffer.alloc(700_001, 'through ssh ');

/** TLS inside the tunnel, with which data is encrypted outside of it too. */
const withTls: ConnectOptions['tls'] = { insecure: true, mode: 'require' };

for (const [what, options] of [
  ['control and data', {}],
  ['control and data with TLS inside', { tls: withTls }],
  ['control alone, data straight to the host', { tunnel: 'control' }],
  ['control alone, data encrypted by TLS', { tunnel: 'control', tls: withTls }],
] as const) {
  test(`O05: our client's ftp+ssh carries ${what}`, async (t) => {
    const events: ServerEvent[] = [];
    const bus = new EventBus();
    bus.subscribe((event) => void events.push(event));
    const served = await serve(t, { events: bus });
    await put(served.fileSystem, '/there', content);
    const remote = await served.connect('ftp+ssh', '', options);
    assert.ok((await remote.readText('there')) === content.toString());
    await remote.write('here', content);
    assert.ok((await get(served.fileSystem, '/here')).equals(content));
    const [ssh, ftp] = events.filter((event) => event.event === 'session-opened');
    assert.deepEqual([ssh?.protocol, ftp?.protocol], ['sftp', 'ftp']);
    assert.equal(ftp?.remotePort, ssh?.remotePort);
  });
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { TcpSocket } from '#native/index.ts';
import { linuxRoom } from '#native/linux/room.ts';
import { findProgram, lacking } from '../interop/programs.ts';
import { addonTest } from './addon-test.ts';
import { listening } from './pairs.ts';

const cases = [
  { bound: '127.0.0.1', called: '127.0.0.1', loopbackOnly: true },
  { bound: '::1', called: '::1', loopbackOnly: true },
  { bound: '0.0.0.0', called: '127.0.0.1', loopbackOnly: false },
];

/** What `ss` says of one end of a connection, its congestion control among it. */
async function wordsOf({ localPort, remotePort }: TcpSocket): Promise<readonly string[]> {
  const filter = `sport = :${localPort} and dport = :${remotePort}`;
  const program = findProgram('ss') ?? assert.fail('ss is there');
  const { stdout } = await promisify(execFile)(program, ['-tinHO', filter]);
  return stdout.split(/\s+/u);
}

for (const { bound, called, loopbackOnly } of cases) {
  addonTest(
    `addon: connections to ${called} at ${bound} are not paced within the machine`,
    async (context) => {
      const missing = lacking(['ss'], 'iproute2');
      if (missing !== false) {
        context.skip(missing);
        return;
      }
      const room = linuxRoom ?? assert.fail('the addon is there');
      const listener = await listening(context, room, bound);
      const connecting = room.connectTcp({ host: called, port: listener.port });
      const accepted = await listener.accept();
      const connected = await connecting;
      context.after(() => {
        accepted.destroy();
        connected.destroy();
      });
      const usual = readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'latin1').trim();
      const expected = loopbackOnly ? 'reno' : usual;
      const [atAccepted, atConnected] = await Promise.all([wordsOf(accepted), wordsOf(connected)]);
      assert.ok(atAccepted.includes(expected), `${expected}: ${atAccepted.join(' ')}`);
      assert.ok(atConnected.includes('reno'), `reno: ${atConnected.join(' ')}`);
    },
  );
}

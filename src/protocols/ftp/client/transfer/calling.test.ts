import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataPorts } from '../data/data-ports.ts';
import type { CallingState, DataWay } from '../host-memory.ts';
import type { FtpClientOptions, PipeliningDepth } from '../options.ts';
import type { FtpSession } from '../session.ts';
import { Calling, type Call } from './calling.ts';

interface Circumstances {
  readonly local?: string | null;
  readonly remote?: string | null;
  readonly roundTripMs?: number;
  readonly depth?: PipeliningDepth;
  readonly waitsAfterData?: boolean;
  readonly portsAhead?: number;
  readonly protectData?: boolean;
  readonly known?: CallingState;
  readonly provenWay?: DataWay;
  readonly options?: Partial<FtpClientOptions>;
}

/** vsftpd on the same private network, far away, of which nothing is known but what is said otherwise. */
function callingWith({
  local = '10.0.0.1',
  remote = '10.9.0.1',
  roundTripMs = 50,
  depth = 'transfers',
  waitsAfterData = false,
  portsAhead = 1,
  protectData = false,
  known = 'untried',
  provenWay = 'EPSV',
  options = {},
}: Circumstances): Calling {
  const session = {
    localAddress: local,
    remoteAddress: remote,
    link: { roundTripMs, depth },
    profile: { waitsAfterData },
    portsAhead,
    protectData,
    memory: { calling: known, provenWay },
    options: { callingFromMs: 20, ...options },
    times: { dataConnectMs: 10_000 },
  } as unknown as FtpSession;
  return new Calling(session, new DataPorts(session));
}

const cases: readonly (readonly [what: string, Circumstances, expected: Call])[] = [
  ['many files, far away', {}, 'trial'],
  ['after it has worked', { known: 'works' }, 'ahead'],
  ['while another connection tries', { known: 'trying' }, 'none'],
  ['after it has failed', { known: 'fails' }, 'none'],
  ['from one public address to another', { local: '93.184.215.14', remote: '9.9.9.9' }, 'trial'],
  ['from a private address to a public one', { local: '192.168.1.2', remote: '93.184.215.14' }, 'none'],
  ['from a public address to a private one', { local: '93.184.215.14', remote: '192.168.1.2' }, 'none'],
  ['by IPv6', { local: '2600:1::1', remote: '2600:2::1' }, 'trial'],
  ['from a link to the world', { local: 'fe80::1', remote: '2600:2::1' }, 'none'],
  ['behind a dialer', { local: null, remote: null }, 'none'],
  ['over a short way', { roundTripMs: 19 }, 'none'],
  ['over a way of unknown length', { roundTripMs: Number.POSITIVE_INFINITY }, 'none'],
  ['to a server that takes nothing ahead', { depth: 'none' }, 'none'],
  ['to a server that takes commands between transfers', { depth: 'commands' }, 'none'],
  ['to one that looks for none after the data', { depth: 'commands', waitsAfterData: true }, 'trial'],
  ['to a server that prepares ports', { portsAhead: 4 }, 'none'],
  ['in TLS', { protectData: true }, 'none'],
  [
    'in TLS, by one that is asked late',
    { protectData: true, depth: 'commands', waitsAfterData: true },
    'trial',
  ],
  ['told to be passive', { options: { dataMode: 'passive' } }, 'none'],
  ['told to be active, before a first file', { options: { dataMode: 'active' } }, 'none'],
  ['told to be active', { options: { dataMode: 'active' }, provenWay: 'PORT', roundTripMs: 1 }, 'ahead'],
  ['never', { options: { callingFromMs: Number.POSITIVE_INFINITY } }, 'none'],
];

for (const [what, circumstances, expected] of cases) {
  test(`whether the server is to call: ${what}`, () => {
    assert.equal(callingWith(circumstances).choose('download', 4), expected);
  });
}

test('few files, and uploads, are not called for unless the server is told to call', () => {
  assert.equal(callingWith({}).choose('download', 3), 'none');
  assert.equal(callingWith({ known: 'works' }).choose('upload', 100), 'none');
  const told = { options: { dataMode: 'active' }, provenWay: 'PORT' } as const;
  assert.equal(callingWith(told).choose('upload', 0), 'ahead');
});

test('several are on their way at once only where the server keeps commands behind a transfer', () => {
  assert.equal(callingWith({ known: 'works' }).shares('download'), true);
  assert.equal(
    callingWith({ known: 'works', depth: 'commands', waitsAfterData: true }).shares('download'),
    false,
  );
  assert.equal(callingWith({}).shares('download'), false);
});

test('a server that is tried has time for one lost packet, and as the last resort as long as any', () => {
  const calling = callingWith({});
  assert.equal(calling.patienceMs({ way: 'PORT', calling: true }), 1200);
  assert.equal(calling.patienceMs({ way: 'PORT', calling: false }), 10_000);
});

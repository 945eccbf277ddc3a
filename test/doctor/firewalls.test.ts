import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  controlPorts,
  examine,
  lackingNamespaces,
  passivePorts,
  serverAddress,
  TestNetwork,
  type Examination,
  type Place,
} from './network.ts';

const url = (port: number, user = 'me:secret'): string => `ftp://${user}@${serverAddress}:${port}/`;
/** What is dropped need not be waited for as long as on the internet. */
const quick = ['--timeout', '3'];

describe('what stands between a client and a server', { skip: lackingNamespaces(), concurrency: 3 }, () => {
  let network: TestNetwork;
  const from = (place: Place, ...words: readonly string[]): Promise<Examination> =>
    examine([...quick, ...words], network.prefix(place));

  before(async () => {
    network = new TestNetwork();
    const { open, dropped, misled } = controlPorts;
    await Promise.all([
      network.serve('open', [
        '--ftp',
        String(open),
        '--passive-ports',
        passivePorts.open,
        '--tls-session-reuse',
        'require',
      ]),
      network.serve('dropped', ['--ftp', String(dropped), '--passive-ports', passivePorts.dropped]),
      network.serve('misled', [
        '--ftp',
        String(misled),
        '--passive-ports',
        '53000-53019',
        '--passive-address',
        '10.0.0.5',
      ]),
    ]);
  });
  after(async () => network[Symbol.asyncDispose]());

  test('a port where nobody listens is refused', async () => {
    const { code, finding, summary } = await from('public', url(2111));
    assert.equal(code, 3);
    assert.match(finding('port')['seen'] ?? '', /was refused/);
    assert.equal(finding('port')['side'], 'server');
    assert.match(summary['text'] ?? '', /no server listens on this port/);
  });

  test('a port that a firewall drops is told from one that is refused', async () => {
    const { code, finding } = await from('public', url(controlPorts.silent));
    assert.equal(code, 7);
    assert.match(finding('port')['seen'] ?? '', /not answered at all/);
    assert.equal(finding('port')['side'], 'network');
  });

  test('active works and passive does not: the passive ports are dropped', async () => {
    const { code, finding, summary } = await from('public', '--insecure', url(controlPorts.dropped));
    assert.equal(code, 7);
    for (const way of ['epsv', 'pasv']) {
      assert.equal(finding(way)['verdict'], 'problem');
      assert.match(finding(way)['cause'] ?? '', /firewall drops the passive ports/);
    }
    assert.equal(finding('active')['verdict'], 'ok');
    assert.equal(finding('listing')['verdict'], 'ok');
    assert.match(
      summary['text'] ?? '',
      /^Active mode works and passive mode does not: .*open its whole range/,
    );
  });

  test('the listing hangs: neither passive nor, behind a NAT, active mode works', async () => {
    const { code, finding, summary } = await from('inner', '--tls', 'off', url(controlPorts.dropped));
    assert.equal(code, 3);
    assert.equal(finding('login')['verdict'], 'ok');
    assert.match(finding('epsv')['seen'] ?? '', /refused/);
    assert.equal(finding('listing')['verdict'], 'problem');
    assert.match(
      summary['text'] ?? '',
      /^The login works and the listing hangs or fails: a firewall or router rejects the passive ports/,
    );
  });

  test('passive works and active does not: the client is behind a NAT', async () => {
    const { code, finding, summary } = await from('inner', '--insecure', url(controlPorts.open));
    assert.equal(code, 3);
    assert.equal(finding('epsv')['verdict'], 'ok');
    assert.equal(finding('active')['side'], 'here');
    assert.match(finding('active')['seen'] ?? '', /192\.168\.7\.2/);
    assert.match(summary['text'] ?? '', /^Passive mode works and active mode does not: .*NAT/);
  });

  test('an inner address that the server announces is named, and what to announce instead', async () => {
    const { code, finding } = await from('public', '--insecure', url(controlPorts.misled));
    assert.equal(code, 0);
    assert.equal(finding('epsv')['verdict'], 'ok');
    assert.equal(finding('pasv')['verdict'], 'warning');
    assert.match(finding('pasv')['cause'] ?? '', /10\.0\.0\.5, an inner address/);
    assert.ok((finding('pasv')['remedy'] ?? '').includes(`announce ${serverAddress}`));
  });

  test('a server that demands the TLS session is told, with what happens to clients that cannot', async () => {
    const { finding } = await from('public', '--insecure', url(controlPorts.open));
    assert.equal(finding('epsv')['verdict'], 'ok');
    assert.equal(finding('tls-data')['verdict'], 'warning');
    assert.match(finding('tls-data')['seen'] ?? '', /522|425/);
    assert.match(finding('tls-data')['remedy'] ?? '', /--tls-session-reuse prefer/);
  });

  test('a self-signed certificate is not trusted, and no password is sent', async () => {
    const { code, finding, summary } = await from('public', url(controlPorts.open));
    assert.equal(code, 6);
    assert.match(finding('certificate')['seen'] ?? '', /self-signed/);
    assert.equal(finding('login')['verdict'], 'skipped');
    assert.match(summary['text'] ?? '', /--pin/);
  });

  test('a certificate for another name is told from one that nobody vouches for', async () => {
    const ca = join(network.dataDirectory('misled'), 'tls-self-made.pem');
    const { code, finding } = await from('public', '--ca', ca, url(controlPorts.misled));
    assert.equal(code, 6);
    assert.match(finding('certificate')['seen'] ?? '', /for another name/);
  });

  test('a wrong password is 530 and exit 4', async () => {
    const { code, finding } = await from('public', '--insecure', url(controlPorts.misled, 'me:wrong'));
    assert.equal(code, 4);
    assert.match(finding('login')['seen'] ?? '', /PASS with "530/);
    assert.equal(finding('login')['side'], 'account');
  });

  test('550 on an upload is a right that the account has not', async () => {
    const { code, finding } = await from(
      'public',
      '--insecure',
      '--write',
      url(controlPorts.misled, 'reader:secret'),
    );
    assert.equal(code, 5);
    assert.match(finding('write')['seen'] ?? '', /STOR with "550/);
    const allowed = await from('public', '--insecure', '--write', url(controlPorts.misled));
    assert.equal(allowed.finding('write')['verdict'], 'ok');
    assert.equal(allowed.finding('clock')['verdict'], 'ok');
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatKnownHost,
  isAbout,
  judgeHostKey,
  knownHostName,
  parseKnownHosts,
  preferredHostKeyAlgorithms,
} from './known-hosts.ts';
import { generatePrivateKey } from './private-key.ts';

const [first, second, elliptic] = await Promise.all([
  generatePrivateKey('ed25519'),
  generatePrivateKey('ed25519'),
  generatePrivateKey('ecdsa-nistp256'),
]);

const line = (names: string, key = first, marker = ''): string =>
  `${marker}${names} ${key.publicKey.type} ${key.publicKey.blob.toString('base64')}`;

function judge(text: string, key = first, host = 'example.org', port = 22): string {
  const proven = { publicKey: key.publicKey, certificate: null };
  return judgeHostKey(parseKnownHosts(text), knownHostName(host, port), proven, Date.now()).verdict;
}

test('a key that stands there is known, another one has changed, another host is unknown', () => {
  assert.equal(judge(line('example.org')), 'known');
  assert.equal(judge(line('example.org'), second), 'changed');
  assert.equal(judge(line('example.org'), elliptic), 'changed');
  assert.equal(judge(line('example.com')), 'unknown');
  assert.equal(judge(''), 'unknown');
  assert.equal(judge(`${line('example.org')}\n${line('example.org', second)}`, second), 'known');
});

test('names: lists, patterns, negation, ports and case', () => {
  assert.equal(judge(line('a,example.org,b')), 'known');
  assert.equal(judge(line('*.org')), 'known');
  assert.equal(judge(line('ex?mple.*')), 'known');
  assert.equal(judge(line('*.org,!example.org')), 'unknown');
  assert.equal(judge(line('[example.org]:2022')), 'unknown');
  assert.equal(judge(line('[example.org]:2022'), first, 'Example.ORG', 2022), 'known');
  assert.equal(judge(line('example.org'), first, 'example.org', 2022), 'unknown');
});

test('a revoked key is revoked even where it is known', () => {
  assert.equal(judge(`${line('example.org')}\n${line('*', first, '@revoked ')}`), 'revoked');
  assert.equal(judge(`${line('example.org', second)}\n${line('*', first, '@revoked ')}`, second), 'known');
});

test('hashed names are found by their host only', () => {
  const [hashed] = parseKnownHosts(formatKnownHost('example.org', first.publicKey, true));
  assert.ok(hashed !== undefined && !hashed.names.includes('example'));
  assert.equal(isAbout(hashed, 'example.org'), true);
  assert.equal(isAbout(hashed, 'example.com'), false);
});

test('comments, empty lines and lines that make no sense are passed over', () => {
  const text = ['# comment', '', 'only-a-name', '@strange host ssh-ed25519 AAAA', line('example.org')].join(
    '\r\n',
  );
  const hosts = parseKnownHosts(text);
  assert.deepEqual(
    hosts.map((host) => [host.names, host.lineNumber]),
    [['example.org', 5]],
  );
});

test('a known host is asked for the type of key that is known of it', () => {
  const offered = ['ssh-ed25519', 'rsa-sha2-512', 'ecdsa-sha2-nistp256'];
  const known = parseKnownHosts(line('example.org', elliptic));
  assert.equal(preferredHostKeyAlgorithms(known, 'example.org', offered)[0], 'ecdsa-sha2-nistp256');
  assert.deepEqual(preferredHostKeyAlgorithms(known, 'example.com', offered), offered);
  const authority = parseKnownHosts(line('*.org', first, '@cert-authority '));
  assert.equal(
    preferredHostKeyAlgorithms(authority, 'example.org', offered)[0],
    'ssh-ed25519-cert-v01@openssh.com',
  );
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { formatPrivateKey } from '#protocols/ssh/keys/openssh-private-key.ts';
import { generatePrivateKey } from '#protocols/ssh/keys/private-key.ts';
import { hostKeyFacts, openHostKeys, type HostKeys } from './host-keys.ts';

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-host-keys-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function fingerprints({ keys }: Pick<HostKeys, 'keys'>): string[] {
  return keys.map((key) => hostKeyFacts(key).fingerprintSha256).sort();
}

test('keys are made once, private, and read again', async (t) => {
  const directory = scratch(t);
  const first = await openHostKeys({ directory });
  assert.deepEqual(
    first.keys.slice(0, 2).map((key) => hostKeyFacts(key).type),
    ['ED25519', 'ECDSA'],
  );
  await first.complete;
  assert.equal(first.keys.length, 3);
  const names = readdirSync(directory).sort();
  assert.deepEqual(names, ['ssh_host_ecdsa_key', 'ssh_host_ed25519_key', 'ssh_host_rsa_key']);
  for (const name of names) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  const second = await openHostKeys({ directory });
  assert.deepEqual(fingerprints(second), fingerprints(first));
});

test('two processes that start at once show the same keys', async (t) => {
  const directory = scratch(t);
  const both = await Promise.all([openHostKeys({ directory }), openHostKeys({ directory })]);
  await Promise.all(both.map(({ complete }) => complete));
  assert.deepEqual(fingerprints(both[0]), fingerprints(both[1]));
});

test('a reload takes new keys, and keeps the old ones when a file is of no use', async (t) => {
  const directory = scratch(t);
  const problems: string[] = [];
  const keys = await openHostKeys({ directory, onProblem: (message) => problems.push(message) });
  const fresh = await generatePrivateKey('ed25519');
  const file = join(directory, 'ssh_host_ed25519_key');
  writeFileSync(file, formatPrivateKey(fresh));
  assert.equal(await keys.reload(), true);
  assert.ok(fingerprints(keys).includes(hostKeyFacts(fresh).fingerprintSha256));
  const before = fingerprints(keys);
  writeFileSync(file, readFileSync(file, 'latin1').slice(0, 80));
  assert.equal(await keys.reload(), false);
  assert.deepEqual(fingerprints(keys), before);
  assert.match(problems.join(), /old host keys stay.*ssh_host_ed25519_key/);
  await assert.rejects(openHostKeys({ directory }), { code: 'invalid-argument' });
});

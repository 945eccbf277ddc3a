import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { ensureSelfMadeCertificate } from '#server/self-made-certificate.ts';
import { RawClient } from '#test/ftp/harness.ts';
import { noSsh, scratch, startWherry, type WherryProcess } from './wherry-process.ts';

async function makeCertificate(directory: string, name: string): Promise<string> {
  const file = join(directory, name);
  await ensureSelfMadeCertificate({ file });
  return file;
}

async function secure(t: TestContext, server: WherryProcess): Promise<{ client: RawClient; shown: string }> {
  const client = await RawClient.connect('127.0.0.1', server.port());
  t.after(() => {
    client.destroy();
  });
  await client.expect(220);
  const tls: TLSSocket = await client.secure();
  return { client, shown: tls.getPeerCertificate().fingerprint256 };
}

/** What new clients are shown, once it is no longer `before`; SIGHUP has no answer to wait for. */
async function nextCertificate(t: TestContext, server: WherryProcess, before: string): Promise<string> {
  for (;;) {
    const { client, shown } = await secure(t, server);
    client.destroy();
    if (shown !== before) return shown;
  }
}

test('SIGHUP takes new certificates into use and drops no session', async (t) => {
  const directory = scratch(t);
  const used = await makeCertificate(directory, 'used.pem');
  const next = await makeCertificate(directory, 'next.pem');
  const files = ['--tls-certificate', used, '--tls-key', used];
  const server = await startWherry(t, { words: ['--user', 'alice:wonderland', ...files, ...noSsh] });
  const { client: early, shown: before } = await secure(t, server);
  await early.command('USER alice', 331);
  await early.command('PASS wonderland', 230);

  copyFileSync(next, used);
  server.child.kill('SIGHUP');
  const after = await nextCertificate(t, server, before);
  assert.notEqual(after, before);
  await early.command('PWD', 257);

  writeFileSync(used, 'no certificate');
  server.child.kill('SIGHUP');
  const warning = await server.event(({ event }) => event === 'warning');
  assert.match(String(warning['message']), /old certificates stay in use/u);
  const late = await secure(t, server);
  assert.equal(late.shown, after);
  late.client.destroy();
  await early.command('NOOP', 200);
  early.destroy();
  assert.equal((await server.stop()).code, 0);
});

test('the certificate that wherry made is kept over restarts', async (t) => {
  const dataDirectory = scratch(t);
  const shown: string[] = [];
  for (let start = 0; start < 2; start += 1) {
    const server = await startWherry(t, { dataDirectory, words: ['--user', 'alice:wonderland', ...noSsh] });
    const session = await secure(t, server);
    shown.push(session.shown);
    session.client.destroy();
    assert.equal((await server.stop()).code, 0);
  }
  assert.equal(shown[0], shown[1]);
});

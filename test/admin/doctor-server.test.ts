import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gradeConfig, gradeLetter, type GradeFinding } from '#server/config/grade.ts';
import { loadConfig } from '#server/config/load-config.ts';
import { ensureSelfMadeCertificate } from '#server/self-made-certificate.ts';
import { noSsh, runWherry, scratch, startWherry } from '#test/cli/wherry-process.ts';

const facts = { now: Date.now(), isRoot: true, clock: null };

async function grade(directory: string, text: string, now = facts.now): Promise<readonly GradeFinding[]> {
  const file = join(directory, 'wherry.yaml');
  writeFileSync(file, text);
  return gradeConfig(await loadConfig({ file }), { ...facts, now });
}

test('each risky setting is found, and its cure takes the finding away', async (t) => {
  const directory = scratch(t);
  const risky: readonly (readonly [setting: string, text: string])[] = [
    ['tls.require', ''],
    ['tls.certificates', ''],
    ['tls.sessionReuse', 'tls: { sessionReuse: "off" }'],
    ['tls.requireCloseNotify', 'tls: { requireCloseNotify: false }'],
    ['tls.allowClearCommandChannel', 'tls: { allowClearCommandChannel: true }'],
    ['accounts.anonymous', 'accounts: { anonymous: true }'],
    ['ftp.fxpNetworks', 'ftp: { fxpNetworks: [0.0.0.0/0] }'],
    ['proxyProtocol.networks', 'proxyProtocol: { networks: ["::/0"] }'],
    ['http.trustedProxies', 'http: { trustedProxies: [10.0.0.0/8] }'],
    ['defence.exempt', 'defence: { exempt: [0.0.0.0/0] }'],
    ['bans.automatic', 'bans: { automatic: false }'],
    ['tftp.write', 'listen: { tftp: 69 }\ntftp: { write: overwrite }'],
    ['ssh.algorithms', 'ssh: { algorithms: compatible }'],
    ['audit.enabled', 'audit: { enabled: false }'],
    ['limits.sessionsPerAddress', ''],
    ['passive.ports', 'passive: { ports: 50000-50009 }'],
    ['passive.address', 'passive: { address: 192.168.1.2 }'],
    ['accounts.users.0.password', 'accounts: { users: [{ name: a, password: open }] }'],
  ];
  for (const [setting, text] of risky) {
    const found = (await grade(directory, text)).find((finding) => finding.setting === setting);
    assert.ok(found !== undefined, setting);
    assert.ok(found.reason.length > 20 && found.cure.length > 5);
    if (/^[a-zA-Z]+: [{[]/u.test(found.cure) && !found.cure.includes('…')) {
      const cured = await grade(directory, found.cure);
      assert.ok(!cured.some((finding) => finding.setting === setting), `${setting}: ${found.cure}`);
    }
  }
});

test('a careful configuration has an A, and a certificate that ends is told', async (t) => {
  const directory = scratch(t);
  const pem = join(directory, 'own.pem');
  await ensureSelfMadeCertificate({ file: pem });
  const careful = `tls: { require: true, certificates: [{ certificate: own.pem, key: own.pem }] }\nlimits: { sessionsPerAddress: 20 }\n`;
  assert.equal(gradeLetter(await grade(directory, careful)), 'A');
  const late = await grade(directory, careful, facts.now + 815 * 86_400_000);
  assert.match(late[0]?.reason ?? '', /ends on/u);
  const over = await grade(directory, careful, facts.now + 900 * 86_400_000);
  assert.deepEqual([over[0]?.risk, gradeLetter(over)], ['high', 'F']);
});

test('wherry doctor --server tells the grade, where each finding stands, and what clients are told', async (t) => {
  const directory = scratch(t);
  const file = join(directory, 'wherry.yaml');
  writeFileSync(
    file,
    'listen:\n  ftp: 2121\nftp:\n  fxpNetworks: [0.0.0.0/0]\npassive: { ports: 50000-50100, address: 203.0.113.7 }\n',
  );
  const told = await runWherry(['doctor', '--server', '--config', file], { WHERRY_DATA_DIR: directory });
  assert.equal(told.code, 1);
  assert.match(told.stdout, /^Grade F$/mu);
  assert.ok(told.stdout.includes(`HIGH    ftp.fxpNetworks (${file}:4)`), told.stdout);
  assert.match(told.stdout, /passive ports +50000-50100/u);
  assert.match(told.stdout, /passive to +203\.0\.113\.7/u);
  const json = await runWherry(['doctor', '--server', '--json', '--config', file], {
    WHERRY_DATA_DIR: directory,
  });
  const lines = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string });
  assert.deepEqual(lines.at(-1), {
    event: 'summary',
    grade: 'F',
    findings: lines.filter(({ event }) => event === 'finding').length,
  });
});

test('the server that runs is asked, flags included', async (t) => {
  const server = await startWherry(t, { words: ['--require-tls', '--anonymous', ...noSsh] });
  const asked = ['doctor', '--server', '--data-dir', server.dataDirectory, '--json'];
  const { code, stdout } = await runWherry(asked, { WHERRY_REQUIRE_TLS: 'false' });
  assert.equal(code, 0, stdout);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const settings = new Set(rows.filter(({ event }) => event === 'finding').map(({ setting }) => setting));
  assert.ok(settings.has('accounts.anonymous'));
  assert.ok(!settings.has('tls.require'));
  const port = rows.find(({ event, what }) => event === 'told' && what === 'ftp');
  assert.match(String(port?.['value']), new RegExp(`^port ${server.port('ftp')} `, 'u'));
  const { grade } = rows.at(-1) ?? {};
  assert.match(String(grade), /^[A-F]$/u);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerMetrics } from '#server/metrics/server-metrics.ts';
import { formatMetrics } from '#server/metrics/exposition.ts';
import { readiness } from '#server/metrics/health.ts';
import { startLimited } from '#test/limits/limits-scene.ts';
import { visit } from '#test/limits/visitor.ts';

test('what happens over FTP and SFTP is in the numbers, by protocol and outcome', async (t) => {
  const { server, ...scene } = await startLimited(t, { limits: { largestFileBytes: 1000 } });
  const metrics = new ServerMetrics(
    { ...server, freePassivePorts: () => server.freePassivePorts },
    { auditLost: () => 3, hooksWaiting: () => new Map([['a"b\\c', 2]]) },
  );
  t.after(() => {
    metrics.close();
  });
  for (const protocol of ['ftp', 'sftp'] as const) {
    const visitor = await visit(t, { server, ...scene }, { protocol });
    assert.equal(await visitor.upload(`/${protocol}`, Buffer.alloc(700)), null);
    await visitor.upload('/big', Buffer.alloc(2000));
    await visitor.download(`/${protocol}`);
    await visitor.remove(`/${protocol}`);
  }
  const text = metrics.text();
  for (const line of [
    'wherry_sessions_opened_total{protocol="ftp"} 1',
    'wherry_logins_total{protocol="sftp",outcome="accepted"} 1',
    'wherry_transfers_total{protocol="ftp",direction="upload",result="completed"} 1',
    'wherry_transfers_total{protocol="sftp",direction="upload",result="failed"} 1',
    'wherry_transfer_bytes_total{protocol="sftp",direction="download"} 700',
    'wherry_file_changes_total{protocol="ftp",action="delete"} 1',
    'wherry_sessions{protocol="sftp"} 1',
    'wherry_bans 0',
    'wherry_passive_ports_free 65535',
    'wherry_audit_lost_total 3',
    'wherry_hook_messages_waiting{hook="a\\"b\\\\c"} 2',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} is missing in:\n${text}`);
  }
  assert.match(text, /^wherry_event_loop_delay_seconds\{quantile="0\.99"\} [\d.e-]+$/mu);
  for (const line of text.trimEnd().split('\n')) {
    assert.match(line, /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[^\n]*\})? (?:[\d.e+-]+|NaN|[+-]Inf))$/u);
  }
});

test('values that are no numbers are written as Prometheus reads them', () => {
  const text = formatMetrics([
    {
      name: 'x',
      help: 'one\nline \\ only',
      type: 'gauge',
      samples: [{ value: Number.NaN }, { value: Number.POSITIVE_INFINITY }, { value: 1e21 }],
    },
  ]);
  assert.equal(text, '# HELP x one\\nline \\\\ only\n# TYPE x gauge\nx NaN\nx +Inf\nx 1e+21\n');
});

test('a server is ready unless something speaks against it, and then says what', async (t) => {
  const { server } = await startLimited(t);
  const parts = {
    sessions: server.sessions,
    listeners: () => server.listeners,
    freePassivePorts: () => 1,
    isReady: () => true,
  };
  assert.equal(readiness(parts).ready, true);
  const worst = readiness({
    ...parts,
    listeners: () => [],
    isReady: () => false,
    freePassivePorts: () => 0,
    database: () => {
      throw new Error('gone');
    },
  });
  assert.equal(worst.ready, false);
  assert.deepEqual(
    worst.checks.filter(({ passed }) => !passed).map(({ name }) => name),
    ['listening', 'serving', 'passive-ports', 'database'],
  );
  server.sessions.limits = { total: 1, perAddress: 0 };
  assert.equal(readiness(parts).ready, true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockOutcome } from '#client/doctor/clock.ts';
import { ok, problem, type Finding } from '#client/doctor/finding.ts';
import { looksLikeFtp, recogniseService } from '#client/doctor/ftp/first-words.ts';
import { runChecks, type Check } from '#client/doctor/run-checks.ts';
import { summarise } from '#client/doctor/summary.ts';

const now = Date.UTC(2030, 0, 1, 12);

for (const [differenceMs, verdict, cause] of [
  [0, 'ok', null],
  [-4000, 'ok', null],
  [7_200_000, 'warning', /UTC\+02:00/],
  [-19_800_000, 'warning', /UTC-05:30/],
  [60_000, 'warning', /clock is wrong/],
  [7_230_000, 'warning', /clock is wrong/],
] as const) {
  test(`a file ${differenceMs} ms off is judged: ${verdict} ${String(cause)}`, () => {
    const outcome = clockOutcome(now + differenceMs, now);
    assert.equal(outcome.verdict, verdict);
    if (cause !== null) assert.match(outcome.cause ?? '', cause);
  });
}

for (const [octets, name] of [
  ['220 Welcome\r\n', 'an FTP server'],
  ['220 mail.example.org ESMTP Postfix\r\n', 'a mail server (SMTP)'],
  ['421 Too many\r\n', 'an FTP server'],
  ['SSH-2.0-OpenSSH_10\r\n', 'an SSH server'],
  ['HTTP/1.1 400 Bad\r\n', 'a web server'],
  ['+OK ready\r\n', 'a mail server (POP3)'],
  ['\u0015\u0003\u0001\u0000\u0002', 'a server that speaks TLS from the first octet'],
  ['\u00ff\u00fd\u0018', 'a telnet server'],
  ['who knows', undefined],
] as const) {
  test(`${JSON.stringify(octets)} is ${name ?? 'nothing known'}`, () => {
    const found = recogniseService(Buffer.from(octets, 'latin1'));
    assert.equal(found?.name, name);
    assert.equal(looksLikeFtp(Buffer.from(octets, 'latin1')), name === 'an FTP server');
  });
}

const broken = problem('io', 'it broke', { side: 'server', cause: 'because', remedy: 'mend it' });

async function examineTable(table: readonly Check<null>[], allMs = 5000): Promise<readonly Finding[]> {
  const options = { times: { eachMs: 50, allMs }, signal: new AbortController().signal };
  return Array.fromAsync(runChecks(table, null, options));
}

test('checks that need a failed one are not tried, and name the one at the root', async () => {
  const tried: string[] = [];
  const row = (id: string, needs: readonly string[], outcome = ok('fine')): Check<null> => ({
    id,
    title: `the ${id}`,
    needs,
    run: () => {
      tried.push(id);
      return Promise.resolve(outcome);
    },
  });
  const findings = await examineTable([
    row('a', []),
    row('b', ['a'], broken),
    row('c', ['b']),
    row('d', ['c']),
    row('e', ['a']),
  ]);
  assert.deepEqual(
    findings.map(({ check, verdict }) => `${check} ${verdict}`),
    ['a ok', 'b problem', 'c skipped', 'd skipped', 'e ok'],
  );
  assert.deepEqual(tried.toSorted(), ['a', 'b', 'e']);
  assert.equal(findings[3]?.seen, 'not tried, because of: the b');
  assert.equal(summarise(findings).check, 'b');
});

test('a check that never ends, and one that throws, are findings like others', async () => {
  const findings = await examineTable([
    { id: 'hangs', title: 'what hangs', needs: [], run: () => new Promise(() => undefined) },
    {
      id: 'throws',
      title: 'what throws',
      needs: [],
      run: () => Promise.reject(new Error('at /secret/path')),
    },
  ]);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['timeout', 'io'],
  );
  assert.ok(!JSON.stringify(findings).includes('/secret/path'));
});

test('checks that use the same thing never run at the same time', async () => {
  let running = 0;
  let most = 0;
  const row = (id: string): Check<null> => ({
    id,
    title: id,
    needs: [],
    uses: 'the one thing',
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      running -= 1;
      return ok('done');
    },
  });
  await examineTable([row('a'), row('b'), row('c')]);
  assert.equal(most, 1);
});

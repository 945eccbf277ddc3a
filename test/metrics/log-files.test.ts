import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ServerEvent } from '#engine/events.ts';
import { RotatingFile } from '#server/log/rotating-file.ts';
import { xferlog } from '#server/log/xferlog.ts';
import { scratch } from '#test/cli/wherry-process.ts';

function fail(message: string): never {
  throw new Error(message);
}

test('a log is put aside by its size, no line is lost, and only so many are kept', (t) => {
  const directory = scratch(t);
  const clock = { now: Date.parse('2026-11-21T10:00:00Z') };
  const file = join(directory, 'wherry.log');
  const log = new RotatingFile({
    file,
    limits: { bytes: 100, kept: 3, daily: false },
    onProblem: fail,
    now: () => (clock.now += 1000),
  });
  for (let line = 0; line < 50; line += 1) log.write(`line ${String(line).padStart(3, '0')}\n`);
  log.close();
  const names = readdirSync(directory).toSorted();
  assert.equal(names.length, 4);
  assert.ok(names.every((name) => /^wherry\.log(?:\.\d{8}T\d{6})?$/.test(name)));
  const [current, ...aside] = names;
  const text = [...aside, current].map((name) => readFileSync(join(directory, name ?? ''), 'utf8')).join('');
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.at(-1), 'line 049');
  assert.deepEqual(
    lines,
    Array.from(
      { length: lines.length },
      (_, index) => `line ${String(50 - lines.length + index).padStart(3, '0')}`,
    ),
  );
  assert.ok(aside.every((name) => statSync(join(directory, name)).size <= 100));
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a log is put aside with the first line of a day, also of one that was begun before', (t) => {
  const directory = scratch(t);
  const file = join(directory, 'wherry.log');
  writeFileSync(file, 'yesterday\n');
  utimesSync(file, 1_795_000_000, 1_795_000_000);
  const log = new RotatingFile({ file, onProblem: fail, now: () => 1_795_000_000_000 + 86_400_000 });
  log.write('today\n');
  log.write('still today\n');
  log.close();
  assert.equal(readFileSync(file, 'utf8'), 'today\nstill today\n');
  assert.equal(readdirSync(directory).length, 2);
});

test('a log that somebody else has put aside goes on under its name', (t) => {
  const directory = scratch(t);
  const file = join(directory, 'wherry.log');
  const log = new RotatingFile({ file, onProblem: fail });
  log.write('before\n');
  renameSync(file, `${file}.1`);
  log.write('between\n');
  log.reopen();
  log.write('after\n');
  log.close();
  assert.equal(readFileSync(`${file}.1`, 'utf8'), 'before\nbetween\n');
  assert.equal(readFileSync(file, 'utf8'), 'after\n');
});

test('a transfer log has the fields of xferlog(5), and names cannot forge a line or a field', () => {
  const lines: string[] = [];
  const listener = xferlog({ write: (text) => lines.push(text) });
  const facts = {
    session: '1',
    protocol: 'sftp',
    remoteAddress: '192.0.2.7',
    remotePort: 1,
    account: 'alice',
  } as const;
  const transfer: ServerEvent = {
    ...facts,
    event: 'transfer-finished',
    direction: 'upload',
    path: '/a file\nSat Nov 21 forged',
    bytes: 1234,
    durationMs: 2600,
    result: 'completed',
    reason: null,
    sha256: null,
  };
  listener(transfer);
  listener({
    ...transfer,
    direction: 'download',
    path: '/b',
    result: 'aborted',
    account: 'anonymous',
    text: true,
  });
  listener({ ...facts, event: 'file-changed', action: 'delete', path: '/c', other: null });
  listener({ ...transfer, direction: 'listing' });
  const time = String.raw`[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}`;
  const patterns = [
    String.raw`^${time} 3 192\.0\.2\.7 1234 /a_file_Sat_Nov_21_forged b _ i r alice sftp 0 \* c\n$`,
    String.raw`^${time} 3 192\.0\.2\.7 1234 /b a _ o a anonymous sftp 0 \* i\n$`,
    String.raw`^${time} 1 192\.0\.2\.7 0 /c b _ d r alice sftp 0 \* c\n$`,
  ];
  assert.equal(lines.length, patterns.length);
  for (const [index, pattern] of patterns.entries())
    assert.match(lines[index] ?? '', new RegExp(pattern, 'u'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AuditRecord } from './audit-record.ts';
import { JournalLineWriter, parseJournalLine } from './journal-lines.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const textOrNull = fc.option(text);
const count = fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER }));

const fields = {
  time: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  event: text,
  outcome: fc.constantFrom('completed', 'failed', 'aborted', 'refused', 'unknown'),
  protocol: fc.option(fc.constantFrom('ftp', 'sftp')),
  account: fc.option(fc.constantFrom('alice', 'bob', '"\\\n')),
  remoteAddress: fc.option(fc.constantFrom('192.0.2.1', '2001:db8::1')),
  session: fc.option(fc.constantFrom('1', 'a')),
  path: textOrNull,
  target: textOrNull,
  bytes: count,
  durationMs: count,
  sha256: textOrNull,
  detail: textOrNull,
} as const;

const record: fc.Arbitrary<AuditRecord> = fc.record(fields, { noNullPrototype: true });

test('every line is read as it was written, whatever is in it and whichever came before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(record, fc.nat()), { maxLength: 8 }), (all) => {
      const writer = new JournalLineWriter();
      for (const [written, change] of all) {
        const ended = writer.record(written, change === 0 ? null : change);
        const expected = { line: 'record', record: written } as const;
        assert.ok(!ended.includes('\n') && !ended.includes('\0'));
        assert.deepEqual(parseJournalLine(ended), change === 0 ? expected : { ...expected, change });
        assert.deepEqual(parseJournalLine(writer.begun(change, written)), {
          line: 'begun',
          change,
          record: written,
        });
        assert.deepEqual(parseJournalLine(writer.dropped(change)), { line: 'dropped', change });
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('what is no line is nothing, and zeros before one do no harm', () => {
  const line = new JournalLineWriter().dropped(3);
  for (const cut of [1, 5, line.length - 1]) assert.equal(parseJournalLine(line.slice(0, cut)), null);
  for (const other of ['', '[]', '["record",1]', '["other",1]', 'null', '7', '{}', '{"line":"other"}']) {
    assert.equal(parseJournalLine(other), null, other);
  }
  assert.deepEqual(parseJournalLine(`\0\0${line}`), { line: 'dropped', change: 3 });
  assert.deepEqual(parseJournalLine(`["begun",1,\0\0${line}`), { line: 'dropped', change: 3 });
});

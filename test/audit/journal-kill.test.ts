import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { EventBus } from '#engine/events.ts';
import { nativeAvailable } from '#native/index.ts';
import { AuditTrail } from '#server/audit/audit-trail.ts';
import type { FoundAuditRecord } from '#server/audit/audit-query.ts';
import { scratch } from '#test/cli/wherry-process.ts';

const node = join(import.meta.dirname, '..', '..', 'bin', 'wherry-node');
const program = join(import.meta.dirname, 'journal-storm.ts');

interface Told {
  readonly begun: Set<number>;
  readonly done: Set<number>;
}

/** Runs a storm, kills it after some lines unless it does that itself, and returns what it has said. */
async function storm(words: readonly string[], lines = Number.POSITIVE_INFINITY): Promise<Told> {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', program, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told = { begun: new Set(), done: new Set() };
  let heard = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    heard += 1;
    if (heard === lines) child.kill('SIGKILL');
    const [what, number] = line.split(' ');
    told[what as keyof Told].add(Number(number));
  }
  return told;
}

async function allRecords(directory: string): Promise<readonly FoundAuditRecord[]> {
  const trail = await AuditTrail.open({ directory, events: new EventBus() });
  const records: FoundAuditRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await trail.search({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    records.push(...page.records);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  await trail.close();
  return records.toReversed();
}

/** When it is killed: after lines that it has said, wherever it is then, or by itself just when it has said one. */
const moments = [40, 700, 'begun', 'done', 351] as const;

for (const kind of nativeAvailable ? (['mapped', 'written'] as const) : (['written'] as const)) {
  test(`${kind}: whenever it is killed, what was told is there, once and in order`, async (t) => {
    const directory = scratch(t);
    const begun = new Set<number>();
    const done = new Set<number>();
    for (const [round, moment] of moments.entries()) {
      const first = round * 1_000_000;
      const told =
        typeof moment === 'number'
          ? await storm([directory, kind, String(first)], moment)
          : await storm([directory, kind, String(first), `${moment} ${first + 47}`]);
      assert.ok(told.done.size > 10, 'it has told of something');
      for (const number of told.begun) begun.add(number);
      for (const number of told.done) done.add(number);
    }
    const outcomes = new Map<number, string>();
    let last = -1;
    for (const { path, bytes, outcome } of await allRecords(directory)) {
      const number = Number(path?.slice(1));
      assert.ok(!outcomes.has(number), `${number} is there once`);
      assert.ok(number > last, `${number} is behind ${last}`);
      last = number;
      outcomes.set(number, outcome);
      if (outcome === 'completed') assert.equal(bytes, number);
      else assert.equal(outcome, 'unknown');
    }
    for (const number of done) assert.equal(outcomes.get(number), 'completed', `${number} was told`);
    for (const number of begun) assert.ok(outcomes.has(number), `${number} was begun`);
    const unknown = [...outcomes.values()].filter((outcome) => outcome === 'unknown');
    assert.ok(unknown.length <= moments.length, 'one is under way at a time');
  });
}

// A reporter that shows a dot for each test while they run, and says at the end what failed, what was skipped and why,
// and how many tests there were. The files in which something failed are written to $WHERRY_TESTS_FAILED, a line each.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** @param {AsyncIterable<{ type: string, data: any }>} source */
// oxlint-disable-next-line import/no-default-export -- the test runner takes a reporter as a default export
export default async function* summary(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const skips = new Map();
  const failedFiles = new Set();
  for await (const { type, data } of source) {
    if (data?.details?.type === 'suite') continue;
    if (type === 'test:pass' || type === 'test:fail') yield progress(counts, type);
    const place = placeOf(data);
    if (type === 'test:pass' && data.skip !== undefined) {
      counts.skipped += 1;
      const why = data.skip === true ? data.name : data.skip;
      skips.set(why, (skips.get(why) ?? 0) + 1);
    } else if (type === 'test:pass') {
      counts.passed += 1;
    } else if (type === 'test:fail') {
      counts.failed += 1;
      failedFiles.add(data.entryFile ?? data.file ?? '');
      const error = data.details?.error?.cause ?? data.details?.error;
      failures.push(`${place}  ${data.name}\n${error?.stack ?? error}`);
    }
  }
  const { WHERRY_TESTS_FAILED: list } = process.env;
  if (list !== undefined) writeFileSync(list, [...failedFiles].join('\n'));
  yield '\n';
  for (const failure of failures) yield `\nFAILED ${failure}\n`;
  for (const [why, count] of skips) yield `skipped ${count}: ${why}\n`;
  yield `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

/** Where a test stands; of one that a helper registers, the file that it belongs to as well. */
function placeOf({ file, line, entryFile = file } = {}) {
  if (file === undefined) return '';
  const place = `${relative(process.cwd(), file)}:${line}`;
  return entryFile === file ? place : `${relative(process.cwd(), entryFile)} (${place})`;
}

const dotsPerLine = 100;

/** A dot for a test that passed and an X for one that failed, with a line end now and then. */
function progress({ passed, failed, skipped }, type) {
  const mark = type === 'test:pass' ? '.' : 'X';
  return (passed + failed + skipped + 1) % dotsPerLine === 0 ? `${mark}\n` : mark;
}

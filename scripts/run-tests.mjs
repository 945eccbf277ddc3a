// Runs the whole test suite with Node's own test runner. Arguments are passed on: names of test files, or flags.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const given = process.argv.slice(2);
const files = given.filter((word) => !word.startsWith('-'));
const flags = given.filter((word) => word.startsWith('-'));
// What a browser shows does not depend on the addon: those tests run with it, and not once more without it.
const folders = process.env['WHERRY_NATIVE'] === 'off' ? 'test/!(web)/**' : 'test/**';
const patterns =
  files.length > 0 ? files : ['src/**/*.test.ts', `${folders}/*.test.ts`, 'bench/**/*.test.ts'];

// Two files at a time: some start servers and other programs, and a small machine must not make them wait.
const result = spawnSync(
  join(root, 'bin/wherry-node'),
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=2',
    '--test-timeout=300000',
    '--test-reporter=' + join(root, 'scripts/test-summary.mjs'),
    '--test-reporter-destination=stdout',
    ...flags,
    ...patterns,
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(result.status ?? 1);

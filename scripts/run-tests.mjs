// Runs the whole test suite with Node's own test runner. Arguments are passed on: names of test files, or flags.
//
// With WHERRY_TESTS_AGAIN set, the few files in which something failed are run once more, with nothing beside them:
// what fails again has failed, what passes is named as unsteady.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const given = process.argv.slice(2);
const files = given.filter((word) => !word.startsWith('-'));
const flags = given.filter((word) => word.startsWith('-'));
// What a browser shows does not depend on the addon: those tests run with it, and not once more without it.
const folders = process.env['WHERRY_NATIVE'] === 'off' ? 'test/!(web)/**' : 'test/**';
const everything = ['src/**/*.test.ts', `${folders}/*.test.ts`, 'bench/**/*.test.ts'];
/** Where more files fail, it is the change that broke them and not the moment. */
const mostFilesAgain = 3;

/** Gives the exit code and the files in which something failed. */
function run(patterns, filesAtOnce) {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-tests-'));
  const list = join(directory, 'failed');
  const result = spawnSync(
    join(root, 'bin/wherry-node'),
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      `--test-concurrency=${filesAtOnce}`,
      '--test-timeout=300000',
      '--test-reporter=' + join(root, 'scripts/test-summary.mjs'),
      '--test-reporter-destination=stdout',
      ...flags,
      ...patterns,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, WHERRY_TESTS_FAILED: list } },
  );
  const failed = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : [];
  rmSync(directory, { recursive: true });
  return { code: result.status ?? 1, failed: failed.filter((file) => file !== '') };
}

// Two files at a time: some start servers and other programs, and a small machine must not make them wait.
let { code, failed } = run(files.length > 0 ? files : everything, 2);
const again = process.env['WHERRY_TESTS_AGAIN'] !== undefined;
if (again && code !== 0 && failed.length > 0 && failed.length <= mostFilesAgain) {
  const names = failed.map((file) => relative(root, file)).join(' ');
  process.stdout.write(`\nOnce more, with nothing beside: ${names}\n`);
  ({ code } = run(failed, 1));
  if (code === 0) process.stdout.write(`\nUNSTEADY, to be cured: ${names}\n`);
}
process.exit(code);

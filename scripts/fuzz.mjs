// Runs the fuzzers for as long as wanted: `npm run fuzz -- [SECONDS [SEED]]`. Ten minutes with a seed of the moment, which is
// told, so that what is found can be found again.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [seconds = '600', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
process.stdout.write(`Fuzzing for ${seconds} seconds with seed ${seed}\n`);
const result = spawnSync(
  join(root, 'bin/wherry-node'),
  ['--disable-warning=ExperimentalWarning', '--test', '--test-concurrency=2', 'test/fuzz/*.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, WHERRY_FUZZ_SECONDS: seconds, WHERRY_FUZZ_SEED: seed },
  },
);
process.exit(result.status ?? 1);

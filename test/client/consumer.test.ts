import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { scratch } from '#test/cli/wherry-process.ts';

const root = join(import.meta.dirname, '..', '..');
const node = join(root, 'bin/wherry-node');
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const run = promisify(execFile);

/** What somebody writes who has read nothing but the names of the entry points. */
const application = `
import { connect, copyFile, planMirror, WherryError, type Entry, type TransferProgress } from 'wherry';
import { fixedAccounts, type Accounts } from 'wherry/accounts';
import { createServer } from 'wherry/server';
import { local, type FileSystem } from 'wherry/storage';

const storage: FileSystem = local('./files');
const accounts: Accounts = fixedAccounts([{ name: 'user', password: 'secret' }]);
await using server = await createServer({ storage, accounts, listen: { host: '127.0.0.1', ftp: 0, sftp: 0 } });
const portOf = (protocol: string): number => server.listeners.find((one) => one.protocol === protocol)?.port ?? 0;
const { signal } = new AbortController();
const onProgress = ({ bytes, total }: TransferProgress): void => void [bytes, total];
const password = 'secret';

await using remote = await connect(\`sftp://user@127.0.0.1:\${portOf('sftp')}/\`, {
  password,
  signal,
  ssh: { hostKeys: { mode: 'off' } },
});
const names: string[] = [];
for await (const entry of remote.list('in')) names.push((entry satisfies Entry).name);
await remote.download('in/a.csv', './a.csv', { resume: true, verify: 'sha256', signal, onProgress });
await remote.upload(new Blob(['streamed']).stream(), 'out.csv');
const stop = new AbortController();
const stopped = remote.upload(endless(), 'never', { signal: stop.signal, onProgress: () => stop.abort() });
const code = await stopped.then(
  () => 'finished',
  (error: unknown) => (error instanceof WherryError ? error.code : 'another error'),
);
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(65_536);
}
const plan = await planMirror('./site', \`ftp://user@127.0.0.1:\${portOf('ftp')}/www\`, {
  delete: true,
  connect: { password, tls: { mode: 'off' } },
});
await plan.run({ parallel: 4 });
await copyFile(remote.place('out.csv'), remote.place('www/copy.csv'));
console.log(JSON.stringify({ names, code, after: await remote.readText('www/index.html') }));
`;

const conformance = `
import { MemoryFileSystem } from 'wherry/storage';
import { storageConformance } from 'wherry/storage/conformance';

class OwnStorage extends MemoryFileSystem {}
storageConformance('a storage of my own', async () => ({ fileSystem: new OwnStorage(), dispose: async () => {} }));
`;

/** A project that has wherry among its dependencies, as npm lays it out. */
function project(t: TestContext, install: (modules: string) => void): string {
  const directory = scratch(t);
  mkdirSync(join(directory, 'node_modules'));
  install(join(directory, 'node_modules/wherry'));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  writeFileSync(join(directory, 'application.ts'), application);
  writeFileSync(join(directory, 'own.test.ts'), conformance);
  mkdirSync(join(directory, 'files/in'), { recursive: true });
  writeFileSync(join(directory, 'files/in/a.csv'), 'a,b\n');
  mkdirSync(join(directory, 'site'));
  writeFileSync(join(directory, 'site/index.html'), '<p>Hello\n');
  return directory;
}

async function assertThatItWorks(directory: string): Promise<void> {
  // Without the variable by which the runner of this test would take another one's results for its own.
  const { NODE_TEST_CONTEXT: _outer, ...environment } = process.env;
  const inside = { cwd: directory, env: { ...environment, HOME: directory, XDG_STATE_HOME: directory } };
  const types = await run(process.execPath, [compiler, '-p', '.'], inside).catch(
    (error: { stdout: string }) => error,
  );
  assert.equal(types.stdout, '');
  const quiet = '--disable-warning=ExperimentalWarning';
  const { stdout } = await run(node, [quiet, 'application.ts'], inside);
  assert.deepEqual(JSON.parse(stdout), { names: ['a.csv'], code: 'aborted', after: '<p>Hello\n' });
  assert.equal(readFileSync(join(directory, 'a.csv'), 'utf8'), 'a,b\n');
  assert.equal(readFileSync(join(directory, 'files/www/copy.csv'), 'utf8'), 'streamed');
  const own = await run(node, [quiet, '--test', '--test-reporter=tap', 'own.test.ts'], inside);
  assert.match(own.stdout, /# pass \d{2}/u);
  assert.match(own.stdout, /# fail 0/u);
}

test('a project uses a checkout through a link, with types', async (t) => {
  await run(node, [join(root, 'scripts/build-types.mjs')]);
  await assertThatItWorks(project(t, (modules) => symlinkSync(root, modules)));
});

test('a project uses the package that npm makes, with types, and the program in it', async (t) => {
  const checkout = join(scratch(t), 'checkout');
  for (const name of ['bin', 'docs', 'scripts', 'src', 'build', 'package.json', 'package-lock.json']) {
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  }
  for (const name of ['tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    cpSync(join(root, name), join(checkout, name));
  }
  const modules = join(root, 'node_modules');
  symlinkSync(modules, join(checkout, 'node_modules'));
  const before = readFileSync(join(checkout, 'package.json'), 'utf8');
  const npm = { cwd: checkout, env: { ...process.env, npm_config_cache: scratch(t) } };
  await run('npm', ['pack', '--silent', '--offline', '--pack-destination', dirname(checkout)], npm);
  assert.equal(readFileSync(join(checkout, 'package.json'), 'utf8'), before, 'the checkout is as it was');
  const { version } = JSON.parse(before) as { version: string };
  const archive = join(dirname(checkout), `wherry-${version}.tgz`);
  const directory = project(t, (target) => mkdirSync(target));
  const installed = join(directory, 'node_modules/wherry');
  await run('tar', ['xzf', archive, '--strip-components', '1', '-C', installed]);
  symlinkSync(modules, join(installed, 'node_modules'));
  await assertThatItWorks(directory);
  const { stdout } = await run(join(installed, 'bin/wherry'), ['--version']);
  assert.equal(stdout, `wherry ${version}\n`);
  const listed = await run(join(installed, 'bin/wherry'), ['ls', 'files/in'], { cwd: directory });
  assert.equal(listed.stdout, 'a.csv\n');
});

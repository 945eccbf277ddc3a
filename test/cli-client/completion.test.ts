import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { program, scratch } from '#test/cli/wherry-process.ts';
import { lacking } from '#test/interop/programs.ts';
import { wherryOf } from './run-wherry.ts';

/** What a shell offers for the last word of a command line, a word a line. */
type Offer = (words: readonly string[]) => readonly string[];

const shells: Readonly<Record<string, (script: string, home: string) => Offer>> = {
  bash: (script, home) => (words) => {
    const line = words.map((word) => `'${word}'`).join(' ');
    const code = `source '${script}'; COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _wherry 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return linesOf('bash', ['-c', code], home);
  },
  fish: (script, home) => (words) =>
    linesOf('fish', ['-c', `source '${script}'; complete -C '${words.join(' ')}'`], home).map(
      (line) => line.split('\t', 1)[0] ?? '',
    ),
};

function linesOf(shell: string, words: readonly string[], home: string): readonly string[] {
  const { stdout, stderr, status } = spawnSync(shell, words, {
    cwd: home,
    encoding: 'utf8',
    timeout: 20_000,
    env: {
      PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_STATE_HOME: home,
    },
  });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter(Boolean);
}

async function scriptOf(t: TestContext, shell: string): Promise<string> {
  const { output, errors, code } = await wherryOf(t)(['completion', shell]);
  assert.equal(code, 0, errors);
  const file = join(scratch(t), `wherry.${shell}`);
  writeFileSync(file, output);
  return file;
}

for (const [shell, offerOf] of Object.entries(shells)) {
  test(
    `${shell} completes commands, flags, values, actions and sites`,
    { skip: lacking([shell], shell) },
    async (t) => {
      const home = scratch(t);
      const offer = offerOf(await scriptOf(t, shell), home);
      assert.deepEqual(offer(['wherry', 'mirr']), ['mirror']);
      assert.deepEqual(offer(['wherry', 'get', '--segm']), ['--segments']);
      assert.deepEqual(offer(['wherry', 'get', '--host-keys', 'stri']), ['strict']);
      assert.deepEqual(offer(['wherry', 'site', 'impo']), ['import']);
      mkdirSync(join(home, 'files'));
      assert.ok(offer(['wherry', 'put', 'fil']).some((name) => name.startsWith('files')));
      const added = spawnSync(program, ['site', 'add', 'shop', 'ftp://example.org/'], {
        env: { PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: home },
        encoding: 'utf8',
      });
      assert.equal(added.status, 0, added.stderr);
      assert.deepEqual(offer(['wherry', 'ls', '@sh']), ['@shop']);
    },
  );
}

test('zsh takes the script', { skip: lacking(['zsh'], 'zsh') }, async (t) => {
  const script = await scriptOf(t, 'zsh');
  const code = `autoload -U compinit; compinit -D; source '${script}'; print -r -- \${_comps[wherry]}; whence -w _wherry`;
  assert.deepEqual(linesOf('zsh', ['-f', '-c', code], dirname(script)), ['_wherry', '_wherry: function']);
});

test('an unknown shell is a usage error', async (t) => {
  assert.equal((await wherryOf(t)(['completion', 'tcsh'])).code, 2);
});

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyPair, urlHost, urlPath, type InteropClient, type Target } from './client.ts';
import { interop } from './suite.ts';

function common(target: Target): readonly string[] {
  return [
    '--no-config',
    '--no-verbose',
    '--tries=1',
    '--timeout=20',
    '--no-check-certificate',
    '--no-glob',
    `--user=${target.user}`,
    `--password=${target.password}`,
    target.mode === 'active' ? '--no-passive-ftp' : '--passive-ftp',
    ...(target.tls === 'none' ? [] : ['--ftps-resume-ssl']),
    ...(target.tls === 'implicit' ? ['--ftps-implicit'] : []),
  ];
}

function url(target: Target, path: string): string {
  const scheme = target.tls === 'none' ? 'ftp' : 'ftps';
  return `${scheme}://${urlHost(target)}:${target.port}/${urlPath(path)}`;
}

/** Fetches only; its listings are web pages. */
const wget: InteropClient = {
  name: 'wget',
  program: 'wget',
  programs: ['wget'],
  debianPackage: 'wget',
  links: everyPair,
  tellsFailure: true,
  list: (target, path) => ({ words: [...common(target), '--output-document=-', url(target, `${path}/`)] }),
  download: (target, { local, remote }) => ({
    words: [...common(target), `--output-document=${local}`, url(target, remote)],
  }),
  resumeDownload: (target, { remote }) => ({ words: [...common(target), '--continue', url(target, remote)] }),
};

interop(wget, [
  {
    title: 'fetches a tree',
    async run(bench) {
      mkdirSync(join(bench.there, 'tree', 'inner'), { recursive: true });
      writeFileSync(join(bench.there, 'tree', 'one.txt'), 'one');
      writeFileSync(join(bench.there, 'tree', 'inner', 'two and a half.txt'), 'two');
      const target = bench.target({ family: 4, mode: 'passive', tls: 'none' });
      const words = [...common(target), '--recursive', '--no-host-directories', url(target, 'tree/')];
      await bench.run({ words: words.filter((word) => word !== '--no-glob') });
      assert.equal(readFileSync(join(bench.here, 'tree', 'one.txt'), 'utf8'), 'one');
      assert.equal(readFileSync(join(bench.here, 'tree', 'inner', 'two and a half.txt'), 'utf8'), 'two');
    },
  },
]);

import { everyPair, urlHost, urlPath, type InteropClient, type Target } from './client.ts';
import type { Invocation } from './programs.ts';
import { interop } from './suite.ts';

function common(target: Target): readonly string[] {
  return [
    '--disable',
    '--silent',
    '--show-error',
    '--globoff',
    '--user',
    `${target.user}:${target.password}`,
    ...(target.mode === 'active' ? ['--ftp-port', '-'] : []),
    ...(target.tls === 'none' ? [] : ['--insecure', '--ssl-reqd']),
  ];
}

function url(target: Target, path: string): string {
  const scheme = target.tls === 'implicit' ? 'ftps' : 'ftp';
  return `${scheme}://${urlHost(target)}:${target.port}/${urlPath(path)}`;
}

/** Sends commands as they are, after which curl lists the login directory. */
function quote(target: Target, ...commands: readonly string[]): Invocation {
  const words = commands.flatMap((command) => ['--quote', command]);
  return { words: [...common(target), ...words, '--list-only', url(target, '')] };
}

const curl: InteropClient = {
  name: 'curl',
  program: 'curl',
  programs: ['curl'],
  debianPackage: 'curl',
  // Versions 7.87 and 7.88, the latter in Debian 12, break every active transfer over TLS by themselves.
  links: everyPair.filter(({ tls, mode }) => tls === 'none' || mode === 'passive'),
  tellsFailure: true,
  list: (target, path) => ({ words: [...common(target), url(target, `${path}/`)] }),
  upload: (target, { local, remote }) => ({
    words: [...common(target), '--upload-file', local, url(target, remote)],
  }),
  download: (target, { local, remote }) => ({
    words: [...common(target), '--fail-early', '--output', local, url(target, remote)],
  }),
  resumeUpload: (target, { local, remote }) => ({
    words: [...common(target), '--continue-at', '-', '--upload-file', local, url(target, remote)],
  }),
  resumeDownload: (target, { local, remote }) => ({
    words: [...common(target), '--continue-at', '-', '--output', local, url(target, remote)],
  }),
  rename: (target, { from, to }) => quote(target, `RNFR ${from}`, `RNTO ${to}`),
  delete: (target, path) => quote(target, `DELE ${path}`),
  makeDirectory: (target, path) => quote(target, `MKD ${path}`),
  removeDirectory: (target, path) => quote(target, `RMD ${path}`),
};

interop(curl);

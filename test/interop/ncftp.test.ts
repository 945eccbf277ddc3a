import { inTheClear, urlHost, urlPath, type InteropClient, type Target } from './client.ts';
import type { Invocation } from './programs.ts';
import { interop } from './suite.ts';

function options(target: Target): readonly string[] {
  const mode = target.mode === 'active' ? '-E' : '-F';
  return ['-u', target.user, '-p', target.password, '-P', String(target.port), mode, '-t', '20'];
}

/** Sends commands as they are, then lists. */
function raw(target: Target, ...commands: readonly string[]): Invocation {
  const words = commands.flatMap((command) => ['-W', command]);
  return { words: [...options(target), ...words, '-1', `ftp://${urlHost(target)}/`] };
}

/** NcFTP speaks neither IPv6 nor TLS. */
const ncftp: InteropClient = {
  name: 'NcFTP',
  program: 'ncftpls',
  programs: ['ncftpls', 'ncftpget', 'ncftpput'],
  debianPackage: 'ncftp',
  links: inTheClear.filter(({ family }) => family === 4),
  tellsFailure: true,
  list: (target, path) => ({
    words: [...options(target), '-1', `ftp://${urlHost(target)}/${urlPath(path)}/`],
  }),
  upload: (target, { local, remote }) => ({
    program: 'ncftpput',
    words: [...options(target), '-V', '-C', urlHost(target), local, remote],
  }),
  download: (target, { local, remote }) => ({
    program: 'ncftpget',
    words: [...options(target), '-V', '-Z', '-C', urlHost(target), remote, local],
  }),
  // Only the modes that keep the name can continue. With sendfile NcFTP 3.2.6 sends from the beginning even then.
  resumeUpload: (target, { local }) => ({
    program: 'ncftpput',
    words: [...options(target), '-V', '-s', '-z', urlHost(target), '.', local],
  }),
  resumeDownload: (target, { remote }) => ({
    program: 'ncftpget',
    words: [...options(target), '-V', '-z', urlHost(target), '.', remote],
  }),
  rename: (target, { from, to }) => raw(target, `RNFR ${from}`, `RNTO ${to}`),
  delete: (target, path) => raw(target, `DELE ${path}`),
  makeDirectory: (target, path) => raw(target, `MKD ${path}`),
  removeDirectory: (target, path) => raw(target, `RMD ${path}`),
};

interop(ncftp);

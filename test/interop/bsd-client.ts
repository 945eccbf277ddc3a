import { inTheClear, quoted, type InteropClient, type Target } from './client.ts';
import type { Invocation } from './programs.ts';

/**
 * A client after BSD's `ftp`: commands are typed, names stand in double quotes, and there is no TLS.
 *
 * @param flags what keeps it from asking and from editing lines
 */
export function bsdClient(program: string, flags: readonly string[]): InteropClient {
  const session = (target: Target, ...commands: readonly string[]): Invocation => {
    const way = [target.family === 4 ? '-4' : '-6', target.mode === 'active' ? '-A' : '-p'];
    const lines = [`user ${target.user} ${target.password}`, 'binary', ...commands, 'bye', ''];
    return { words: [...way, ...flags, target.host, String(target.port)], input: lines.join('\n') };
  };
  return {
    name: program,
    program,
    programs: [program],
    debianPackage: program,
    links: inTheClear,
    tellsFailure: false,
    list: (target, path) => session(target, `cd ${quoted(path)}`, 'nlist'),
    upload: (target, { local, remote }) => session(target, `put ${quoted(local)} ${quoted(remote)}`),
    download: (target, { local, remote }) => session(target, `get ${quoted(remote)} ${quoted(local)}`),
    resumeUpload: (target, { local, remote, offset }) =>
      session(target, `restart ${offset}`, `put ${quoted(local)} ${quoted(remote)}`),
    resumeDownload: (target, { local, remote }) =>
      session(target, `reget ${quoted(remote)} ${quoted(local)}`),
    rename: (target, { from, to }) => session(target, `rename ${quoted(from)} ${quoted(to)}`),
    delete: (target, path) => session(target, `delete ${quoted(path)}`),
    makeDirectory: (target, path) => session(target, `mkdir ${quoted(path)}`),
    removeDirectory: (target, path) => session(target, `rmdir ${quoted(path)}`),
  };
}

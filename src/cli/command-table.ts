import type { CliCommand } from './cli-command.ts';

/** A row: what the overview says of a command, and where its code is; loaded only when it is called. */
export interface CliCommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CliCommand }>;
}

/** The commands, in the order of the overview. */
export const commandTable: readonly CliCommandRow[] = [
  {
    name: 'serve',
    summary: 'Serve a directory',
    load: async () => import('./serve.ts'),
  },
  {
    name: 'ui',
    summary: 'Two panes in the browser: this machine and any server',
    load: async () => import('./ui.ts'),
  },
  {
    name: 'user',
    summary: 'Accounts: who logs in, to what',
    load: async () => import('./admin/user.ts'),
  },
  {
    name: 'group',
    summary: 'Groups that hand settings down',
    load: async () => import('./admin/group.ts'),
  },
  {
    name: 'admin',
    summary: 'Administrators',
    load: async () => import('./admin/administrator.ts'),
  },
  {
    name: 'token',
    summary: 'Tokens of programs that administer',
    load: async () => import('./admin/token.ts'),
  },
  {
    name: 'key',
    summary: 'SSH keys of accounts',
    load: async () => import('./admin/key.ts'),
  },
  {
    name: 'certificate',
    summary: 'TLS client certificates of accounts',
    load: async () => import('./admin/certificate.ts'),
  },
  {
    name: 'passkey',
    summary: 'Passkeys of accounts',
    load: async () => import('./admin/passkey.ts'),
  },
  {
    name: 'authority',
    summary: 'Authorities whose SSH certificates log in',
    load: async () => import('./admin/authority.ts'),
  },
  {
    name: 'session',
    summary: 'Who is connected, and ending it',
    load: async () => import('./admin/session.ts'),
  },
  {
    name: 'ban',
    summary: 'Networks that are kept out',
    load: async () => import('./admin/ban.ts'),
  },
  {
    name: 'log',
    summary: 'What happens',
    load: async () => import('./admin/log.ts'),
  },
  {
    name: 'config',
    summary: 'The configuration file',
    load: async () => import('./admin/config.ts'),
  },
  {
    name: 'access',
    summary: 'What an account may do where, and why',
    load: async () => import('./admin/access.ts'),
  },
  {
    name: 'quota',
    summary: 'What accounts use',
    load: async () => import('./admin/quota.ts'),
  },
  {
    name: 'mirror',
    summary: 'Make one directory as another',
    load: async () => import('./client/mirror.ts'),
  },
  {
    name: 'sync',
    summary: 'Make two directories the same, both ways',
    load: async () => import('./client/sync.ts'),
  },
  {
    name: 'cp',
    summary: 'Copy from anywhere to anywhere, also from server to server',
    load: async () => import('./client/cp.ts'),
  },
  {
    name: 'put',
    summary: 'Send files',
    load: async () => import('./client/put.ts'),
  },
  {
    name: 'get',
    summary: 'Fetch files',
    load: async () => import('./client/get.ts'),
  },
  {
    name: 'shell',
    summary: 'Talk with servers, as lftp and sftp do',
    load: async () => import('./client/shell.ts'),
  },
  {
    name: 'site',
    summary: 'Saved sites: @name in every address',
    load: async () => import('./client/site.ts'),
  },
  {
    name: 'ls',
    summary: 'List directories, of servers or of this machine',
    load: async () => import('./client/ls.ts'),
  },
  {
    name: 'stat',
    summary: 'Tell what is known of a file',
    load: async () => import('./client/stat.ts'),
  },
  {
    name: 'cat',
    summary: 'Write files to standard output',
    load: async () => import('./client/cat.ts'),
  },
  {
    name: 'du',
    summary: 'Add up what directories hold',
    load: async () => import('./client/du.ts'),
  },
  {
    name: 'find',
    summary: 'Search trees by name, type, size and age',
    load: async () => import('./client/find.ts'),
  },
  {
    name: 'mkdir',
    summary: 'Make directories',
    load: async () => import('./client/mkdir.ts'),
  },
  {
    name: 'rm',
    summary: 'Remove files and trees',
    load: async () => import('./client/rm.ts'),
  },
  {
    name: 'mv',
    summary: 'Rename, or move within one server',
    load: async () => import('./client/mv.ts'),
  },
  {
    name: 'chmod',
    summary: 'Change permission bits',
    load: async () => import('./client/chmod.ts'),
  },
  {
    name: 'touch',
    summary: 'Set times, or make empty files',
    load: async () => import('./client/touch.ts'),
  },
  {
    name: 'checksum',
    summary: 'Print digests of files',
    load: async () => import('./client/checksum.ts'),
  },
  {
    name: 'doctor',
    summary: 'Find out why a server cannot be used, and what to do',
    load: async () => import('./doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'Completion of words for bash, zsh and fish',
    load: async () => import('./completion.ts'),
  },
];

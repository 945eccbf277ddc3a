import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { permissions, type Permission } from '#core/permission.ts';
import { openFlag, packetType, status } from '#protocols/sftp/wire/packet-types.ts';
import type { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { at, put } from '#storage/conformance/harness.ts';
import { RawClient, readAll } from '../ftp/harness.ts';
import { statusOf, type RawSftp } from '../sftp/sftp-fixture.ts';
import { password, startScene } from './scene.ts';
import { openSftp } from './sftp-client.ts';

/** `done`, `denied`, or the reply or status that was neither. */
type Outcome = string;

/** One thing that a right is for, in the words of both protocols, within a directory made by {@link fill}. */
interface Action {
  readonly ftp?: (client: RawClient, directory: string) => Promise<Outcome>;
  readonly sftp?: (client: RawSftp, directory: string) => Promise<Outcome>;
  /** Rights that would do the same by themselves, and are taken for this case. */
  readonly without?: readonly Permission[];
}

async function fill(fileSystem: FileSystem, directory: string): Promise<void> {
  await fileSystem.makeDirectory(at(directory));
  await put(fileSystem, `${directory}/file`, 'content');
  await fileSystem.makeDirectory(at(`${directory}/empty`));
}

async function ftpCommand(client: RawClient, ...lines: readonly string[]): Promise<Outcome> {
  let code = 0;
  for (const line of lines) ({ code } = await client.command(line));
  return code >= 200 && code < 300 ? 'done' : code === 550 || code === 553 ? 'denied' : `reply ${code}`;
}

async function ftpTransfer(client: RawClient, line: string): Promise<Outcome> {
  const data = await client.passive();
  const { code } = await client.command(line);
  if (code !== 150) {
    data.destroy();
    return code === 550 || code === 553 ? 'denied' : `reply ${code}`;
  }
  if (line.startsWith('RETR')) await readAll(data);
  else data.end('more');
  const final = await client.reply();
  data.destroy();
  return final.code === 226 ? 'done' : `reply ${final.code}`;
}

async function sftpAsk(client: RawSftp, type: number, write: (writer: SftpWriter) => void): Promise<Outcome> {
  const answer = await client.ask(type, write);
  if (answer.type !== packetType.status) return 'done';
  const code = statusOf(answer);
  if (code === status.ok) return 'done';
  return code === status.permissionDenied ? 'denied' : `status ${code}`;
}

async function sftpOpen(client: RawSftp, path: string, flags: number): Promise<Outcome> {
  return sftpAsk(client, packetType.open, (writer) => writer.string(path).uint32(flags).uint32(0));
}

/** Flags of the attributes in a SETSTAT (draft-ietf-secsh-filexfer-02 section 5). */
const attribute = { owner: 2, mode: 4, times: 8 } as const;

const actions: Readonly<Record<Permission, Action>> = {
  list: {
    ftp: async (client, directory) => ftpCommand(client, `MLST ${directory}/file`),
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.stat, (writer) => writer.string(`${directory}/file`)),
  },
  download: {
    ftp: async (client, directory) => ftpTransfer(client, `RETR ${directory}/file`),
    sftp: async (client, directory) => sftpOpen(client, `${directory}/file`, openFlag.read),
  },
  upload: {
    ftp: async (client, directory) => ftpTransfer(client, `STOR ${directory}/new`),
    sftp: async (client, directory) =>
      sftpOpen(client, `${directory}/new`, openFlag.write | openFlag.create | openFlag.truncate),
  },
  overwrite: {
    ftp: async (client, directory) => ftpTransfer(client, `STOR ${directory}/file`),
    sftp: async (client, directory) =>
      sftpOpen(client, `${directory}/file`, openFlag.write | openFlag.create | openFlag.truncate),
  },
  append: {
    ftp: async (client, directory) => ftpTransfer(client, `APPE ${directory}/file`),
    sftp: async (client, directory) =>
      sftpOpen(client, `${directory}/file`, openFlag.write | openFlag.append),
    without: ['overwrite'],
  },
  delete: {
    ftp: async (client, directory) => ftpCommand(client, `DELE ${directory}/file`),
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.remove, (writer) => writer.string(`${directory}/file`)),
  },
  rename: {
    ftp: async (client, directory) =>
      ftpCommand(client, `RNFR ${directory}/file`, `RNTO ${directory}/renamed`),
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.rename, (writer) =>
        writer.string(`${directory}/file`).string(`${directory}/renamed`),
      ),
  },
  'make-directory': {
    ftp: async (client, directory) => ftpCommand(client, `MKD ${directory}/made`),
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.mkdir, (writer) => writer.string(`${directory}/made`).uint32(0)),
  },
  'remove-directory': {
    ftp: async (client, directory) => ftpCommand(client, `RMD ${directory}/empty`),
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.rmdir, (writer) => writer.string(`${directory}/empty`)),
  },
  'change-mode': {
    ftp: async (client, directory) => ftpCommand(client, `SITE CHMOD 600 ${directory}/file`),
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.setstat, (writer) =>
        writer.string(`${directory}/file`).uint32(attribute.mode).uint32(0o600),
      ),
  },
  'change-time': {
    ftp: async (client, directory) => ftpCommand(client, `MFMT 20200101000000 ${directory}/file`),
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.setstat, (writer) =>
        writer.string(`${directory}/file`).uint32(attribute.times).uint32(1).uint32(1),
      ),
  },
  'change-owner': {
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.setstat, (writer) =>
        writer.string(`${directory}/file`).uint32(attribute.owner).uint32(7).uint32(7),
      ),
  },
  symlink: {
    ftp: async (client, directory) => ftpCommand(client, `SITE SYMLINK file ${directory}/link`),
    // OpenSSH's order, which every client follows: the text first.
    sftp: async (client, directory) =>
      sftpAsk(client, packetType.symlink, (writer) => writer.string('file').string(`${directory}/link`)),
  },
  checksum: {
    ftp: async (client, directory) => ftpCommand(client, `XSHA256 ${directory}/file`),
  },
};

for (const permission of permissions) {
  const { ftp, sftp, without = [] } = actions[permission];
  test(`the right ${permission} is asked for where a rule takes it, and nowhere else`, async (context) => {
    const { fileSystem, port, events } = await startScene(context, {
      rules: [
        { path: '/closed', deny: [permission, ...without] },
        // An account with rules makes links only where a rule allows it.
        ...(permission === 'symlink' ? [{ path: '/', allow: [permission] }] : []),
        ...(without.length === 0 ? [] : [{ path: '/', deny: without }]),
      ],
    });
    for (const place of ['/closed', '/open']) fileSystem.makeDirectory(at(place));
    const outcomes: Record<string, Outcome> = {};
    if (ftp !== undefined) {
      const client = await RawClient.connect('127.0.0.1', port('ftp'));
      context.after(() => client.destroy());
      await client.expect(220);
      await client.command('USER anna', 331);
      await client.command(`PASS ${password}`, 230);
      await client.command('TYPE I', 200);
      for (const place of ['closed', 'open']) {
        await fill(fileSystem, `/${place}/ftp`);
        outcomes[`${place} ftp`] = await ftp(client, `/${place}/ftp`);
      }
    }
    if (sftp !== undefined) {
      const client = await openSftp(context, port('sftp'));
      for (const place of ['closed', 'open']) {
        await fill(fileSystem, `/${place}/sftp`);
        outcomes[`${place} sftp`] = await sftp(client, `/${place}/sftp`);
      }
    }
    assert.deepEqual(outcomes, {
      ...(ftp === undefined ? {} : { 'closed ftp': 'denied', 'open ftp': 'done' }),
      ...(sftp === undefined ? {} : { 'closed sftp': 'denied', 'open sftp': 'done' }),
    });
    const told = events.filter((event) => event.event === 'denied');
    assert.ok(told.length > 0);
    assert.ok(told.every((event) => 'rule' in event && event.rule === 'rule 1 of the account (/closed)'));
  });
}

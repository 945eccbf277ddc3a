import type { TestContext } from 'node:test';
import { packetType } from '#protocols/sftp/wire/packet-types.ts';
import { SftpWriter } from '#protocols/sftp/wire/sftp-writer.ts';
import { logIn } from '../server/ssh-client.ts';
import { RawSftp } from '../sftp/sftp-fixture.ts';
import { password } from './scene.ts';

/** Logs in as `anna` and opens SFTP; the connection ends with the test. */
export async function openSftp(context: TestContext, port: number): Promise<RawSftp> {
  const { ssh } = await logIn(context, port, { user: 'anna', password });
  const raw = new RawSftp(await ssh.openSubsystem('sftp'));
  await raw.channel.write(new SftpWriter(packetType.init).uint32(3).finish());
  await raw.packet();
  return raw;
}

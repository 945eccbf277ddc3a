import { decodeName } from '#core/name-encoding.ts';
import { resolveVirtualPath, rootPath, type VirtualPath } from '#core/virtual-path.ts';
import type { SshClientConnection } from '#protocols/ssh/client/client-connection.ts';
import { openSshSite } from '#protocols/ssh/client/open-site.ts';
import type { ScpClientOptions } from './options.ts';
import { ScpConnection } from './scp-connection.ts';

/** Longest answer to `pwd` that is looked at. */
const maximumAnswer = 8192;

/** For a shell to answer `pwd`. */
const longestWaitMs = 10_000;

/**
 * Connects to a server and logs in, for files that are moved by its scp. Where the server has SFTP that is better in
 * everything.
 *
 * @throws WherryError `connection-refused`, `timeout`, `aborted`, `login-refused`, `not-trusted`, `connection-lost`,
 *   `protocol`, `integrity`
 */
export async function connectScp(options: ScpClientOptions): Promise<ScpConnection> {
  const site = await openSshSite(options);
  const home = await findHome(site.ssh);
  return new ScpConnection(site, home, (text) => {
    options.onConversation?.({ kind: 'command', text });
  });
}

/** Where the user's shell starts; the root on a server that runs nothing but scp. */
async function findHome(ssh: SshClientConnection): Promise<VirtualPath> {
  try {
    const channel = await ssh.openCommand('pwd');
    channel.end();
    // A program that takes anything for its own may wait for more, and has no home to tell.
    const late = setTimeout(() => {
      channel.destroy();
    }, longestWaitMs);
    void channel.whenClosed().then(() => {
      clearTimeout(late);
    });
    const parts: Buffer[] = [];
    let length = 0;
    for (
      let data = await channel.receive();
      data !== null && length < maximumAnswer;
      data = await channel.receive()
    ) {
      parts.push(data);
      length += data.length;
    }
    channel.destroy();
    const text = decodeName(Buffer.concat(parts)).replace(/\n$/, '');
    return text.startsWith('/') && !text.includes('\n') ? resolveVirtualPath(rootPath, text) : rootPath;
  } catch {
    return rootPath;
  }
}

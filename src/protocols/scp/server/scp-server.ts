import { describeErrorCode, toWherryError, type WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import type { SshChannel } from '#protocols/ssh/channels/channel.ts';
import type { ScpCommand } from '../wire/scp-command.ts';
import { ScpContext } from './scp-context.ts';
import { ScpStream } from './scp-stream.ts';
import { Sink } from './sink.ts';
import { Source } from './source.ts';

/** What an scp command works on. */
export interface ScpOptions {
  readonly command: ScpCommand;
  /** The account's tree with its guard. */
  readonly fileSystem: FileSystem;
  /** Where relative paths begin. */
  readonly home: VirtualPath;
  /** Hears of transfers; none when absent. */
  readonly session?: Session | undefined;
  /** Compute SHA-256 of files as they pass, for the log. */
  readonly digest?: boolean | undefined;
}

/**
 * Serves the protocol of rcp and scp on a channel, in place of the program that the client asked for. No shell and no
 * program is ever started.
 *
 * @returns the exit status: 0, or 1 when anything could not be transferred
 */
export async function serveScp(channel: SshChannel, options: ScpOptions): Promise<number> {
  const { command, fileSystem, home, session, digest = false } = options;
  const stream = new ScpStream(channel);
  const context = new ScpContext({ stream, fileSystem, home, session, digest });
  try {
    const direction = command.role === 'sink' ? new Sink(context, command) : new Source(context, command);
    return await direction.run();
  } catch (thrown) {
    await tell(stream, toWherryError(thrown, 'go on'));
    return 1;
  }
}

async function tell(stream: ScpStream, error: WherryError): Promise<void> {
  try {
    await stream.problem(describeErrorCode(error.code), true);
  } catch {
    // The client is gone and needs no words.
  }
}

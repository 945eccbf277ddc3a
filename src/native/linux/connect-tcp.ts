import { constants } from 'node:os';
import type { ConnectOptions, TcpSocket } from '../contract.ts';
import { abortError, checkResult } from '../system-error.ts';
import { EndpointScratch } from './endpoints.ts';
import type { Surroundings } from './socket-core.ts';
import { SocketCore } from './socket-core.ts';
import { LinuxTcpSocket } from './tcp-socket.ts';

const { EAGAIN } = constants.errno;

/** Connects to a numeric address; see {@link NativeRoom.connectTcp}. */
export async function connectTcp(options: ConnectOptions, surroundings: Surroundings): Promise<TcpSocket> {
  const { binding } = surroundings;
  const { host, port, localAddress, localPort, signal } = options;
  if (signal?.aborted) throw abortError();
  const fd = checkResult(binding.tcpConnect(host, port, localAddress, localPort), 'connect');
  const core = new SocketCore(fd, surroundings);
  const scratch = new EndpointScratch(binding);
  const stop = (): void => core.close('reset');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    let result = binding.tcpConnected(fd, scratch.octets);
    while (result === -EAGAIN) {
      await core.writable();
      core.check();
      result = binding.tcpConnected(fd, scratch.octets);
    }
    checkResult(result, 'connect');
  } catch (error) {
    core.close('reset');
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return new LinuxTcpSocket(core, scratch.read(0), scratch.read(1));
}

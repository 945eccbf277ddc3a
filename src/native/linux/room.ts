import type { NativeRoom } from '../contract.ts';
import { openBeneath as openByHand } from '../portable/open-beneath.ts';
import { loadBinding } from './binding.ts';
import type { Binding } from './binding.ts';
import { connectTcp } from './connect-tcp.ts';
import { directoryNamesBy } from './directory-names.ts';
import { openBeneath } from './open-beneath.ts';
import { Reactor } from './reactor.ts';
import { scanDirectory } from './scan-directory.ts';
import { mapFileBy } from './mapped-file.ts';
import { LinuxTcpListener } from './tcp-listener.ts';

function roomOf(binding: Binding): NativeRoom {
  const surroundings = { binding, reactor: new Reactor(binding) };
  return {
    // Some containers filter openat2 away.
    openBeneath: binding.canOpenBeneath()
      ? (rootFd, path, flags, mode = 0o666) => openBeneath(binding, rootFd, path, { flags, mode })
      : openByHand,
    readCached: (fileDescriptor, target, position) => binding.readCached(fileDescriptor, target, position),
    directoryNames: directoryNamesBy(binding),
    scanDirectory: (directoryFd, options) => scanDirectory(binding, directoryFd, options),
    mapFile: mapFileBy(binding),
    TcpListener: { bind: (options) => new LinuxTcpListener(options, surroundings) },
    connectTcp: (options) => connectTcp(options, surroundings),
  };
}

const binding = loadBinding();

/** Everything by the addon, or undefined without it. */
export const linuxRoom: NativeRoom | undefined = binding && roomOf(binding);

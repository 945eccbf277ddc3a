import type { Connection } from '#core/connection.ts';
import type { ConnectionCapabilities } from '#protocols/http/contract/page/files.ts';

/** A connection that is not there yet can do nothing. */
export const noCapabilities: ConnectionCapabilities = Object.freeze({
  write: false,
  list: false,
  rename: false,
  setMode: false,
  setTimes: false,
  symlinks: false,
  copy: false,
  space: false,
  checksums: [],
  commands: false,
});

/** What a connection can do, as the page is told. */
export function capabilitiesOf(fileSystem: Connection): ConnectionCapabilities {
  const { capabilities } = fileSystem;
  return {
    write: true,
    list: true,
    rename: true,
    setMode: capabilities.setMode,
    setTimes: capabilities.setTimes,
    symlinks: capabilities.symlinks && fileSystem.createSymlink !== undefined,
    copy: capabilities.copy && fileSystem.copyFile !== undefined,
    space: capabilities.space,
    checksums: capabilities.checksums,
    commands: fileSystem.command !== undefined,
  };
}

export { createServer } from './create-server.ts';
export type { ListenOptions, ServerOptions, TftpOptions, WherryServer } from './create-server.ts';
export { hostKeyFacts, openHostKeys } from './host-keys.ts';
export type { HostKeyFacts, HostKeys, HostKeySource, OpenHostKeysOptions } from './host-keys.ts';

export { createServer } from './create-server.ts';
export type { ListenOptions, ServerOptions, WherryServer } from './create-server.ts';

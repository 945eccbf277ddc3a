import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { NewAccount } from '#accounts/index.ts';
import { openAccountDatabase, sqliteAccounts, type AccountDatabase } from '#accounts/index.ts';
import { Secret } from '#core/secret.ts';
import { EventBus, type ServerEvent } from '#engine/events.ts';
import { LoginDefence } from '#engine/login-defence.ts';
import { createServer, type WherryServer } from '#server/create-server.ts';
import { MemoryFileSystem } from '#storage/index.ts';

/** A server on FTP and SFTP over one tree in memory, with the account `anna` of a database. */
export interface Scene {
  readonly server: WherryServer;
  readonly database: AccountDatabase;
  readonly fileSystem: MemoryFileSystem;
  readonly events: readonly ServerEvent[];
  readonly port: (protocol: 'ftp' | 'sftp') => number;
}

export const password = 'right one';

export async function startScene(context: TestContext, anna: Omit<NewAccount, 'name'>): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-rights-'));
  context.after(async () => rm(directory, { recursive: true, force: true }));
  const cost = { memoryKib: 64, passes: 1, parallelism: 1 };
  const database = await openAccountDatabase(join(directory, 'a.db'), { cost });
  await database.add({ name: 'anna', password: new Secret(password), ...anna });
  const fileSystem = new MemoryFileSystem();
  const bus = new EventBus();
  const events: ServerEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const server = await createServer({
    accounts: sqliteAccounts(database, { fileSystemFor: () => fileSystem }),
    events: bus,
    defence: new LoginDefence({ exempt: () => true }),
    passivePorts: [0, 0],
    timeouts: { failedLoginMs: 1 },
    listen: { host: '127.0.0.1', ftp: 0, sftp: 0 },
  });
  context.after(async () => server.close({ graceMs: 0 }));
  const port = (protocol: 'ftp' | 'sftp'): number => {
    const found = server.listeners.find((listener) => listener.protocol === protocol);
    if (found === undefined) throw new Error(`Nothing listens for ${protocol}`);
    return found.port;
  };
  return { server, database, fileSystem, events, port };
}

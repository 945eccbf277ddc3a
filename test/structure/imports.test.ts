import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findImports, type Import, resolveImport } from './source-imports.ts';

/** A room of the sources, by the first pattern that fits its path. */
const rooms = [
  ['core', /^src\/core\//],
  ['engine', /^src\/engine\//],
  ['native', /^src\/native\//],
  ['storage', /^src\/storage\//],
  ['sqlite', /^src\/sqlite\//],
  ['threads', /^src\/threads\//],
  ['accounts', /^src\/accounts\//],
  ['ssh', /^src\/protocols\/ssh\//],
  ['protocol-wire', /^src\/protocols\/[a-z]+\/wire\//],
  ['protocol-channel', /^src\/protocols\/[a-z]+\/channel\//],
  ['protocol-server', /^src\/protocols\/[a-z]+\/server\//],
  ['protocol-client', /^src\/protocols\/[a-z]+\/client\//],
  ['http-contract', /^src\/protocols\/http\/contract\//],
  ['panes', /^src\/client\/panes\//],
  ['client', /^src\/client\//],
  ['server', /^src\/server\//],
  ['cli', /^src\/cli\//],
] as const;

type Room = (typeof rooms)[number][0];

/** Who may import whom, beside itself. Rooms of one protocol may not import those of another. */
const allowed: Readonly<Record<Room, readonly Room[]>> = {
  core: [],
  native: [],
  engine: ['core'],
  storage: ['core', 'native'],
  sqlite: ['core'],
  threads: ['core'],
  accounts: ['core', 'sqlite', 'threads'],
  ssh: ['core', 'native'],
  'protocol-wire': ['core'],
  'protocol-channel': ['core', 'native'],
  'http-contract': [],
  'protocol-server': [
    'core',
    'engine',
    'native',
    'protocol-wire',
    'protocol-channel',
    'ssh',
    'http-contract',
  ],
  'protocol-client': ['core', 'native', 'protocol-wire', 'protocol-channel', 'ssh'],
  client: ['core', 'storage', 'protocol-client', 'protocol-wire', 'ssh'],
  panes: ['core', 'client', 'http-contract'],
  server: [
    'core',
    'engine',
    'native',
    'storage',
    'sqlite',
    'threads',
    'accounts',
    'ssh',
    'protocol-wire',
    'protocol-server',
    'http-contract',
  ],
  cli: [
    'core',
    'engine',
    'storage',
    'accounts',
    'client',
    'panes',
    'server',
    'protocol-wire',
    'protocol-server',
    'http-contract',
    'ssh',
  ],
};

/** Protocols that may stand on the SSH transport. */
const overSsh: ReadonlySet<string> = new Set(['sftp', 'scp', 'ftp']);

/** Node's modules that open sockets; what parses octets has no business with them. */
const socketModules: ReadonlySet<string> = new Set([
  'node:net',
  'node:tls',
  'node:dgram',
  'node:http',
  'node:https',
]);

function roomOf(path: string): Room | null {
  return rooms.find(([, pattern]) => pattern.test(path))?.[0] ?? null;
}

function protocolOf(path: string): string | null {
  return /^src\/protocols\/([a-z]+)\//.exec(path)?.[1] ?? null;
}

/** Why an import breaks the table; null when it does not. */
function explainBreach(found: Pick<Import, 'file' | 'target'>): string | null {
  const { file, target } = found;
  const room = roomOf(file);
  if (room === null) return `${file} lies in no room`;
  const pure = room === 'core' || room === 'protocol-wire' || room === 'http-contract';
  if (pure && socketModules.has(target)) return `${file} imports ${target}`;
  const path = resolveImport(found);
  if (path === null || !path.startsWith('src/')) return null;
  const other = roomOf(path);
  if (other === null) return `${file} imports ${path}, which lies in no room`;
  const ownProtocol = protocolOf(file);
  const otherProtocol = protocolOf(path);
  if (other === 'ssh' && ownProtocol !== null && ownProtocol !== 'ssh' && !overSsh.has(ownProtocol)) {
    return `${file} imports ${path}`;
  }
  if (ownProtocol !== null && otherProtocol !== null && other !== 'ssh' && ownProtocol !== otherProtocol) {
    return `${file} imports ${path} of another protocol`;
  }
  return other === room || allowed[room].includes(other)
    ? null
    : `${file} imports ${path} (${room} → ${other})`;
}

test('every import of the sources follows the table', async () => {
  const imports = await findImports();
  assert.ok(imports.length > 100, 'the sources were found');
  assert.deepEqual(
    imports.map((found) => explainBreach(found)).filter((breach) => breach !== null),
    [],
  );
});

test('the table catches a breach', () => {
  assert.notEqual(explainBreach({ file: 'src/core/a.ts', target: '../engine/b.ts' }), null);
  assert.notEqual(explainBreach({ file: 'src/engine/a.ts', target: '#protocols/ftp/server/b.ts' }), null);
  assert.notEqual(explainBreach({ file: 'src/storage/a.ts', target: '#engine/b.ts' }), null);
  assert.notEqual(explainBreach({ file: 'src/protocols/ftp/wire/a.ts', target: 'node:net' }), null);
  assert.notEqual(
    explainBreach({ file: 'src/protocols/sftp/server/a.ts', target: '#protocols/ftp/server/b.ts' }),
    null,
  );
  assert.notEqual(
    explainBreach({ file: 'src/protocols/tftp/server/a.ts', target: '#protocols/ssh/b.ts' }),
    null,
  );
  assert.equal(
    explainBreach({ file: 'src/protocols/sftp/server/a.ts', target: '#protocols/ssh/b.ts' }),
    null,
  );
});

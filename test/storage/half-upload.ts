import { at } from '#storage/conformance/harness.ts';
import { local } from '#storage/index.ts';

// Starts uploads, says so, and waits to be killed.
const fileSystem = local(process.argv[2] ?? '');
for (const [path, disposition] of [
  ['/new', 'replace'],
  ['/old', 'replace'],
  ['/created', 'create'],
  ['/sub/new', 'replace'],
] as const) {
  const handle = await fileSystem.openWrite(at(path), { disposition });
  await handle.write(Buffer.from('half of it'), 0);
}
process.stdout.write('half way\n');
process.stdin.resume();

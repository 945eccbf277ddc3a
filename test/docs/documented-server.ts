import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '..', '..');

const run = promisify(execFile);
const commandTimeoutMs = 30_000;

/** Ports as the pages write them; the running server has others. */
const documentedPorts: Readonly<Record<string, string>> = {
  '21': 'ftp',
  '2121': 'ftp',
  '990': 'ftps',
  '2990': 'ftps',
  '2022': 'sftp',
  '6969': 'tftp',
  '8080': 'http',
};

/** A fenced block of a page: the words after the fence, and its lines. */
export interface FencedBlock {
  readonly words: readonly string[];
  readonly text: string;
}

/** All fenced blocks of a Markdown text, in order. */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({
    words: info.trim().split(/\s+/),
    text,
  }));
}

/** The blocks of a page of the project with all of the given words behind the fence. */
export async function blocksOf(page: string, ...words: readonly string[]): Promise<readonly string[]> {
  const blocks = fencedBlocks(await readFile(join(root, page), 'utf8'));
  return blocks.filter((block) => words.every((word) => block.words.includes(word))).map(({ text }) => text);
}

/** A `wherry serve` started as a page says, on free ports, in a directory of its own. */
export interface DocumentedServer extends AsyncDisposable {
  port(protocol: string): number;
  /** Runs a block of the page where its reader would; gives what it printed. */
  shell(block: string): Promise<string>;
}

/**
 * Starts the server of a page's `sh server` block: lines before the last prepare, the last one is the server's.
 * Only ports, address and data directory are replaced.
 */
export async function startDocumented(serverBlock: string): Promise<DocumentedServer> {
  const directory = await mkdtemp(join(tmpdir(), 'wherry-docs-'));
  const lines = serverBlock.trim().split('\n');
  const serverLine = lines.pop() ?? '';
  await shellIn(directory, lines.join('\n'));
  const [program, ...words] = serverLine
    .replace(/\s#.*$/, '')
    .trim()
    .split(/\s+/);
  if (program !== 'wherry' || words[0] !== 'serve') throw new Error(`No server line: ${serverLine}`);
  const replaced = [
    '--host',
    '127.0.0.1',
    '--ftp',
    '0',
    '--ftps',
    '0',
    '--sftp',
    '0',
    '--http',
    '0',
    ...(words.includes('--tftp') ? ['--tftp', '0'] : []),
    '--json',
  ];
  const child = spawn(join(root, 'bin/wherry'), [...words, ...replaced, '--data-dir', '.state'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ports = await readyPorts(child);
  const port = (protocol: string): number => {
    const found = ports.get(protocol);
    if (found === undefined) throw new Error(`The server does not listen for ${protocol}`);
    return found;
  };
  return {
    port,
    shell: async (block) =>
      shellIn(
        directory,
        block.replace(/(?<=localhost:|127\.0\.0\.1:|-p |-P )\d+\b/g, (text) => {
          const protocol = documentedPorts[text];
          return protocol === undefined ? text : String(port(protocol));
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function readyPorts(child: ChildProcess): Promise<ReadonlyMap<string, number>> {
  if (child.stdout === null) throw new Error('The server has no output');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const event = JSON.parse(line) as {
      event: string;
      listeners?: readonly { protocol: string; port: number }[];
    };
    if (event.event !== 'ready') continue;
    child.stdout.resume();
    return new Map((event.listeners ?? []).map(({ protocol, port }) => [protocol, port]));
  }
  throw new Error('The server ended before it was ready');
}

async function shellIn(directory: string, script: string): Promise<string> {
  const { stdout } = await run('sh', ['-eu', '-c', script], {
    cwd: directory,
    timeout: commandTimeoutMs,
    env: {
      ...process.env,
      HOME: directory,
      // What the program keeps between starts is none of the files that the pages speak of.
      XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
      WHERRY_DATA_DIR: join(directory, '.state'),
      PATH: `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    },
  });
  return stdout;
}

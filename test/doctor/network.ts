import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { program } from '../cli/wherry-process.ts';
import { lacking } from '../interop/programs.ts';

/** The server's address as everybody sees it. It is of no private range, so that a NAT is told from none. */
export const serverAddress = '93.184.216.10';
/** What the NAT makes of the inner machine. The server's firewall rejects it where it drops others. */
export const natAddress = '93.184.216.30';
/** Passive ports of each kind of server; the firewall below knows them. */
export const passivePorts = { open: '50000-50019', dropped: '51000-51019' } as const;
export const controlPorts = {
  open: 2121,
  dropped: 2122,
  misled: 2124,
  silent: 2199,
} as const;

/** Where a program runs: a machine with a public address, one behind a NAT, or the server. */
export type Place = 'public' | 'inner' | 'server';

/** What the server's firewall lets through. */
const firewall = `
table inet filter {
  chain input {
    type filter hook input priority 0;
    ip saddr ${natAddress} tcp dport ${passivePorts.dropped} reject with tcp reset
    tcp dport ${passivePorts.dropped} drop
    tcp dport ${controlPorts.silent} drop
  }
}
`;

const masquerade = `
table ip nat {
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
  }
}
`;

/** For `skip`: false, or what is missing for namespaces of the network. */
export function lackingNamespaces(): string | false {
  const complete = process.env['WHERRY_TESTS_COMPLETE'] === '1';
  if (process.getuid?.() !== 0) return complete ? false : 'needs root for network namespaces';
  return lacking(['ip'], 'iproute2') || lacking(['nft'], 'nftables');
}

/** What a run of the doctor told. */
export interface Examination {
  readonly code: number | null;
  readonly finding: (check: string) => Record<string, string | null>;
  readonly summary: Record<string, string | null>;
  readonly output: string;
}

/** Runs `wherry doctor --json`, behind a prefix that chooses the network. */
export async function examine(
  words: readonly string[],
  prefix: readonly string[] = [],
): Promise<Examination> {
  const [first = program, ...rest] = [...prefix, program, 'doctor', '--json', ...words];
  const home = mkdtempSync(join(tmpdir(), 'wherry-doctor-home-'));
  const { PATH } = process.env;
  const child = spawn(first, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME: home },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  rmSync(home, { recursive: true });
  const rows = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string | null>);
  const summary = rows.find((row) => row['event'] === 'summary');
  if (summary === undefined) throw new Error(`The doctor told no summary: ${output}${errors}`);
  return {
    code,
    output,
    summary,
    finding: (check) => {
      const found = rows.find((row) => row['check'] === check && row['event'] === undefined);
      if (found === undefined) throw new Error(`There is no finding of ${check}: ${output}`);
      return found;
    },
  };
}

/** A server, a client with a public address, and one behind a NAT, in namespaces of their own. */
export class TestNetwork implements AsyncDisposable {
  readonly #names: Readonly<Record<Place | 'router', string>>;
  readonly #directory = mkdtempSync(join(tmpdir(), 'wherry-doctor-'));
  readonly #stops: (() => Promise<void>)[] = [];

  constructor() {
    const name = (place: string): string => `wherry-doctor-${place}-${process.pid}`;
    this.#names = {
      public: name('public'),
      inner: name('inner'),
      server: name('server'),
      router: name('router'),
    };
    this.#removeNamespaces();
    const { public: open, inner, server, router } = this.#names;
    for (const namespace of [open, inner, server, router]) {
      ip('netns', 'add', namespace);
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
    }
    // The server is the hub of the outer network: two wires with one address each, and a route to either client.
    this.#wire([server, 'near', `${serverAddress}/32`], [open, 'wan', '93.184.216.20/32']);
    this.#wire([server, 'far', `${serverAddress}/32`], [router, 'wan', `${natAddress}/32`]);
    this.#wire([router, 'lan', '192.168.7.1/24'], [inner, 'wan', '192.168.7.2/24']);
    ip('-n', server, 'route', 'add', '93.184.216.20/32', 'dev', 'near');
    ip('-n', server, 'route', 'add', `${natAddress}/32`, 'dev', 'far');
    ip('-n', open, 'route', 'add', 'default', 'dev', 'wan');
    ip('-n', router, 'route', 'add', 'default', 'dev', 'wan');
    ip('-n', inner, 'route', 'add', 'default', 'via', '192.168.7.1');
    // Without a route to inner networks the server's calls there must vanish, as they do on the internet.
    ip('-n', server, 'route', 'add', 'blackhole', '192.168.0.0/16');
    command(['ip', 'netns', 'exec', router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    command(['ip', 'netns', 'exec', router, 'nft', '-f', '-'], masquerade);
    command(['ip', 'netns', 'exec', server, 'nft', '-f', '-'], firewall);
  }

  #wire(
    [left, leftName, leftAddress]: readonly [string, string, string],
    [right, rightName, rightAddress]: readonly [string, string, string],
  ): void {
    ip('-n', left, 'link', 'add', leftName, 'type', 'veth', 'peer', 'name', rightName, 'netns', right);
    ip('-n', left, 'address', 'add', leftAddress, 'dev', leftName);
    ip('-n', right, 'address', 'add', rightAddress, 'dev', rightName);
    ip('-n', left, 'link', 'set', leftName, 'up');
    ip('-n', right, 'link', 'set', rightName, 'up');
  }

  prefix(place: Place): readonly string[] {
    return ['ip', 'netns', 'exec', this.#names[place]];
  }

  dataDirectory(name: string): string {
    return join(this.#directory, name, 'state');
  }

  /** Starts `wherry serve` where the server is, with two accounts of the same password, one read-only. */
  async serve(name: string, words: readonly string[]): Promise<void> {
    const files = join(this.#directory, name, 'files');
    command(['mkdir', '-p', files]);
    const [first = '', ...rest] = [
      ...this.prefix('server'),
      program,
      'serve',
      files,
      '--json',
      '--data-dir',
      this.dataDirectory(name),
      '--ftps',
      'off',
      '--sftp',
      'off',
      '--http',
      'off',
      '--user',
      'me:secret',
      '--user',
      'reader:secret:r',
      ...words,
    ];
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    this.#stops.push(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    for await (const line of createInterface({ input: child.stdout })) {
      if ((JSON.parse(line) as { event: string }).event !== 'ready') continue;
      child.stdout.resume();
      return;
    }
    throw new Error(`The server ${name} ended before it was ready`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stops.map(async (stop) => stop()));
    this.#removeNamespaces();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #removeNamespaces(): void {
    for (const name of Object.values(this.#names)) spawnSync('ip', ['netns', 'delete', name]);
  }
}

function ip(...words: readonly string[]): void {
  command(['ip', ...words]);
}

function command([first = '', ...words]: readonly string[], input = ''): void {
  const { status, stderr } = spawnSync(first, words, { input });
  if (status !== 0) throw new Error(`${[first, ...words].join(' ')} failed: ${stderr.toString()}`);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Credentials, host, type RunningServer } from './peers/peer.ts';
import { run } from './workspace.ts';

const sources = join(import.meta.dirname, 'load');

export type LoadOptions = Readonly<Record<string, string | number>>;
export type LoadResult = Readonly<Record<string, number>>;

/** The load generator in C; see `load/load.h`. */
export class LoadGenerator {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Compiles it into the cache, unless these very sources were compiled before. */
  static async compile(cache: string): Promise<LoadGenerator> {
    const names = (await readdir(sources)).filter((name) => /\.[ch]$/.test(name)).sort();
    const hash = createHash('sha256');
    for (const name of names) hash.update(await readFile(join(sources, name)));
    const program = join(cache, `load-${hash.digest('hex').slice(0, 16)}`);
    const present = await access(program).then(
      () => true,
      () => false,
    );
    if (!present) {
      const files = names.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
      const draft = `${program}.${process.pid}`;
      const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread', '-o', draft];
      try {
        await run('cc', [...flags, ...files, '-lssl', '-lcrypto']);
      } catch (error) {
        throw new Error(
          'Cannot compile the load generator: it needs the Debian packages gcc, libc6-dev and libssl-dev',
          {
            cause: error,
          },
        );
      }
      await rename(draft, program);
    }
    return new LoadGenerator(program);
  }

  /** Runs one sub-command to its end. */
  async run(command: string, options: LoadOptions, timeoutSeconds = 120): Promise<LoadResult> {
    const load = this.#spawn(command, options, timeoutSeconds);
    load.child.stdin?.end();
    const result = await load.nextResult();
    await load.ended;
    return result;
  }

  /**
   * Runs `download` or `upload` between two looks at the server: `beforeWork` is called after the login, `afterWork` with the
   * last transfer done and the session still open.
   */
  async runGated(
    command: string,
    options: LoadOptions,
    beforeWork: () => void,
    afterWork: () => Promise<void>,
  ): Promise<LoadResult> {
    const load = this.#spawn(command, { ...options, gate: 1 }, 120);
    await load.nextResult();
    beforeWork();
    load.child.stdin?.write('.');
    const result = await load.nextResult();
    try {
      await afterWork();
    } finally {
      load.child.stdin?.end();
    }
    await load.ended;
    return result;
  }

  /** Runs `idle`: `whileOpen` is called with all sessions logged in; afterwards each must answer a NOOP. */
  async hold(options: LoadOptions, whileOpen: () => Promise<void> | void): Promise<LoadResult> {
    const load = this.#spawn('idle', options, 300);
    const opened = await load.nextResult();
    try {
      await whileOpen();
    } finally {
      load.child.stdin?.end();
    }
    const { alive } = await load.nextResult();
    await load.ended;
    if (alive !== opened['sessions']) throw new Error(`only ${alive} sessions stayed alive`);
    return opened;
  }

  #spawn(command: string, options: LoadOptions, timeoutSeconds: number): RunningLoad {
    const parameters = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(this.#program, [command, ...parameters], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutSeconds * 1000,
      killSignal: 'SIGKILL',
    });
    return followLoad(child);
  }
}

type RunningLoad = {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  nextResult(): Promise<LoadResult>;
};

function followLoad(child: ChildProcess): RunningLoad {
  let message = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    message += chunk.toString();
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(message.trim() || (signal === null ? `status ${status}` : 'it took too long')));
    });
  });
  if (child.stdout === null) throw new Error('the load generator has no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  ended.catch(() => undefined); // Reported by whoever waits for it; here only kept from counting as unhandled.
  return {
    child,
    ended,
    async nextResult() {
      const next = await lines.next();
      if (next.done === true) {
        await ended;
        throw new Error('the load generator said nothing');
      }
      return JSON.parse(next.value) as LoadResult;
    },
  };
}

/** The options that name a server and an account of it. */
export function target(server: RunningServer, credentials: Credentials): LoadOptions {
  return { host, port: server.port, user: credentials.user, password: credentials.password };
}

import { randomUUID } from 'node:crypto';
import type { ServerMessage } from '#protocols/http/contract/page/events.ts';
import type { ConnectionRecord, ConnectRequest, EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { LogLine } from '#protocols/http/contract/page/log.ts';
import type { TransferRecord } from '#protocols/http/contract/page/queue.ts';
import type { SessionState } from '#protocols/http/contract/page/session.ts';
import type { ShareRecord } from '#protocols/http/contract/page/shares.ts';
import type { Question, QuestionAnswer } from '#protocols/http/contract/page/trust.ts';
import { MemoryQueue } from './memory-queue.ts';
import { BackendFailure, file, MemoryTree, type TreeNode } from './memory-tree.ts';
import { hostQuestion } from './questions.ts';
import { sampleSites } from './sample-sites.ts';
import { localTree, remoteTree } from './sample-trees.ts';

/** Which of the two backends the double stands for, and what is in it. */
export interface BackendOptions {
  readonly mode?: 'local' | 'hosted';
  readonly manyFiles?: number;
}

/** The state behind the contract: trees in memory, a queue of numbers, questions by the name of the host. */
export class PageBackend {
  readonly options: Required<BackendOptions>;
  readonly trees = new Map<string, MemoryTree>();
  readonly connections = new Map<string, ConnectionRecord>();
  readonly questions = new Map<string, Question>();
  readonly tickets = new Map<
    string,
    { readonly name: string; readonly content: Buffer; readonly inline: boolean }
  >();
  readonly listeners = new Set<(message: ServerMessage) => void>();
  readonly lines: LogLine[] = [];
  readonly shares: ShareRecord[] = [];
  readonly queue: MemoryQueue;
  readonly token = randomUUID();
  readonly csrfToken = randomUUID();
  preferences: Record<string, unknown> = {};
  sites = sampleSites();
  user: string | null;
  readonly #answers = new Map<string, (answer: QuestionAnswer) => void>();

  constructor(options: BackendOptions) {
    this.options = { mode: 'local', manyFiles: 2000, ...options };
    this.user = null;
    this.queue = new MemoryQueue({
      broadcast: (message) => this.broadcast(message),
      label: (id) => this.connections.get(id)?.label ?? id,
      asks: (transfer) => this.#askExisting(transfer),
      arrived: (transfer) => this.#arrive(transfer),
    });
    if (this.options.mode === 'local') {
      this.trees.set('local', new MemoryTree(localTree()));
      this.connections.set('local', this.#record('local', { protocol: 'file', label: 'This machine' }));
    } else {
      this.trees.set('account', new MemoryTree(remoteTree(this.options.manyFiles)));
      this.connections.set('account', this.#record('account', { protocol: 'http', label: 'Files' }));
    }
  }

  session(): SessionState {
    const local = this.options.mode === 'local';
    return {
      mode: this.options.mode,
      title: local ? 'wherry' : 'Harbour files',
      version: '0.1.0',
      user:
        this.user === null
          ? null
          : { name: this.user, home: local ? '/home/anna' : '/', readOnly: false, share: null },
      csrfToken: this.csrfToken,
      features: {
        connections: local,
        localDisk: local,
        sites: local,
        queue: local,
        uploads: true,
        archives: true,
        shares: !local,
        passkeys: !local,
        administration: this.user === 'admin',
      },
      expiresAt: null,
    };
  }

  broadcast(message: ServerMessage): void {
    for (const listener of this.listeners) listener(message);
  }

  tree(connection: string): MemoryTree {
    const tree = this.trees.get(connection);
    if (tree === undefined) throw new BackendFailure(409, 'closed', 'The connection is closed');
    return tree;
  }

  log(connection: string | null, kind: LogLine['kind'], text: string): void {
    const line = { number: this.lines.length + 1, at: Date.now(), connection, kind, text };
    this.lines.push(line);
    this.broadcast({ type: 'log', lines: [line] });
  }

  connect(request: ConnectRequest): ConnectionRecord {
    const site = 'siteId' in request ? this.sites.sites.find(({ id }) => id === request.siteId) : undefined;
    const address =
      'address' in request ? request.address : `${site?.protocol}://${site?.user}@${site?.host}`;
    if (!URL.canParse(address))
      throw new BackendFailure(400, 'invalid-argument', `"${address}" is not an address`);
    const url = new URL(address);
    const record = this.#record(`c${this.connections.size}-${randomUUID().slice(0, 4)}`, {
      kind: 'remote',
      state: 'connecting',
      label: site?.name ?? `${url.username === '' ? 'anonymous' : url.username}@${url.hostname}`,
      address,
      protocol: url.protocol.slice(0, -1),
      host: url.hostname,
      port: Number(url.port) || 21,
      user: url.username,
      siteId: site?.id ?? null,
      home: '/',
    });
    this.connections.set(record.id, record);
    void this.#open(record);
    return record;
  }

  async #open(record: ConnectionRecord): Promise<void> {
    const host = record.host ?? '';
    this.log(record.id, 'status', `Connecting to ${host}:${record.port} …`);
    const question = hostQuestion(record);
    if (question !== null) {
      const answer = await this.ask(question);
      if (answer.answer === 'cancel') {
        const error = {
          code: 'not-trusted',
          message: `Cannot log in to ${host}: it is not trusted`,
          retryable: false,
        };
        this.#update({ ...record, state: 'failed', error });
        this.log(record.id, 'error', error.message);
        return;
      }
    }
    this.log(record.id, 'reply', '220 wherry ready');
    this.log(record.id, 'command', `USER ${record.user}`);
    this.log(record.id, 'reply', '331 Password required');
    this.log(record.id, 'command', 'PASS ****');
    this.log(record.id, 'reply', '230 Logged in');
    this.trees.set(record.id, new MemoryTree(remoteTree(this.options.manyFiles)));
    this.#update({
      ...record,
      state: 'ready',
      security: 'TLS 1.3, TLS_AES_256_GCM_SHA384',
      software: 'wherry',
    });
  }

  #update(record: ConnectionRecord): void {
    this.connections.set(record.id, record);
    this.broadcast({ type: 'connection', connection: record });
  }

  /** Breaks a connection as a server that vanishes does. */
  lose(id: string): void {
    const record = this.connections.get(id);
    if (record === undefined) return;
    const error = { code: 'connection-lost', message: 'The server closed the connection', retryable: true };
    this.#update({ ...record, state: 'lost', error });
    this.log(id, 'error', error.message);
  }

  reconnect(id: string): ConnectionRecord {
    const record = this.connections.get(id);
    if (record === undefined) throw new BackendFailure(404, 'not-found', 'There is no such connection');
    const fresh: ConnectionRecord = { ...record, state: 'ready', error: null };
    this.#update(fresh);
    return fresh;
  }

  ask(question: Question): Promise<QuestionAnswer> {
    this.questions.set(question.id, question);
    this.broadcast({ type: 'question', question });
    return new Promise((resolve) => this.#answers.set(question.id, resolve));
  }

  answer(id: string, answer: QuestionAnswer): void {
    const resolve = this.#answers.get(id);
    if (resolve === undefined) throw new BackendFailure(404, 'not-found', 'The question has been answered');
    this.#answers.delete(id);
    this.questions.delete(id);
    this.broadcast({ type: 'question-closed', question: id });
    resolve(answer);
  }

  #askExisting(transfer: TransferRecord): boolean {
    const targets = this.trees.get(transfer.target.connection);
    const sources = this.trees.get(transfer.source.connection);
    if (targets === undefined || sources === undefined || transfer.type === 'directory') return false;
    let target: EntryRecord;
    try {
      target = targets.entry(transfer.target.path);
    } catch {
      return false;
    }
    const source = sources.entry(transfer.source.path);
    const question: Question = {
      kind: 'existing-file',
      id: randomUUID(),
      connection: null,
      askedAt: Date.now(),
      transfer,
      source,
      target,
      resumable: (target.size ?? 0) < (source.size ?? 0),
    };
    void this.ask(question).then((answer) =>
      this.queue.answered(transfer.id, answer.answer !== 'existing-file' || answer.choice === 'skip'),
    );
    return true;
  }

  #arrive({ source, target }: TransferRecord): void {
    const from = this.trees.get(source.connection);
    const to = this.trees.get(target.connection);
    if (from === undefined || to === undefined) return;
    to.add(target.path, structuredCloneNode(from.find(source.path)));
    const directory = target.path.slice(0, target.path.lastIndexOf('/')) || '/';
    this.broadcast({ type: 'directory-changed', connection: target.connection, path: directory });
  }

  saveFile(connection: string, path: string, content: Buffer): void {
    const tree = this.tree(connection);
    tree.makeParents(path);
    tree.add(path, file(content, Date.now()));
    const directory = path.slice(0, path.lastIndexOf('/')) || '/';
    this.broadcast({ type: 'directory-changed', connection, path: directory });
  }

  #record(id: string, fields: Partial<ConnectionRecord>): ConnectionRecord {
    return {
      id,
      kind: id === 'local' ? 'local' : 'account',
      state: 'ready',
      label: id,
      address: `${id}:`,
      protocol: 'file',
      host: null,
      port: null,
      user: null,
      software: null,
      security: null,
      home: id === 'local' ? '/home/anna' : '/',
      siteId: null,
      capabilities: {
        write: true,
        list: true,
        rename: true,
        setMode: true,
        setTimes: true,
        symlinks: true,
        copy: true,
        space: true,
        checksums: ['sha256'],
        commands: true,
      },
      error: null,
      ...fields,
    };
  }
}

function structuredCloneNode(node: TreeNode): TreeNode {
  const children = node.children === null ? null : new Map<string, TreeNode>();
  for (const [name, child] of node.children ?? []) children?.set(name, structuredCloneNode(child));
  return { ...node, children };
}

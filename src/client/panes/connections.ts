import { randomUUID } from 'node:crypto';
import { errorFacts, toWherryError, WherryError } from '#core/errors.ts';
import type { FileSystem } from '#core/file-system.ts';
import type { ConnectionRecord, ConnectRequest } from '#protocols/http/contract/page/files.ts';
import { formatAddress, parseAddress } from '../address.ts';
import { connectLocal } from '../connect/local.ts';
import type { ConnectOptions } from '../options.ts';
import { RemoteConnection } from '../remote/remote-connection.ts';
import { Access, placeKey, type AccessServices } from './access.ts';
import { capabilitiesOf, noCapabilities } from './connection-record.ts';
import type { Messages } from './messages.ts';

/** A site that was found by its id. */
export interface FoundSite {
  readonly label: string;
  readonly address: string;
  readonly options: ConnectOptions;
}

/** What the connections of the page stand on. */
export interface ConnectionsOptions {
  readonly access: AccessServices;
  readonly messages: Messages;
  /** @throws WherryError `not-found` */
  readonly siteOf: (siteId: string) => Promise<FoundSite>;
  /** A saved site that is the place of an address, for what the queue finds in its file. */
  readonly siteAt: (key: string) => Promise<{ readonly siteId: string; readonly site: FoundSite } | null>;
}

interface Row {
  record: ConnectionRecord;
  access: Access | null;
  remote: RemoteConnection | null;
  /** Ends what is under way for it. */
  controller: AbortController;
}

/** The connection of this machine's disk. */
export const localId = 'local';
/** More tabs than anybody reads. */
const maximumConnections = 100;
/** Listings while files are looked at: one connection for each is enough for a person. */
const paneConnections = 2;

/** The places that panes show: this machine's disk, and whatever was connected to. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #rows = new Map<string, Row>();
  readonly #accesses = new Map<string, Access>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Opens the disk of this machine. */
  async openLocal(home: string): Promise<void> {
    const remote = new RemoteConnection(await connectLocal());
    const record: ConnectionRecord = {
      ...emptyRecord,
      id: localId,
      kind: 'local',
      state: 'ready',
      label: 'This machine',
      address: formatAddress(parseAddress(home)),
      protocol: 'file',
      home,
      capabilities: capabilitiesOf(remote.fileSystem),
    };
    this.#rows.set(localId, { record, access: null, remote, controller: new AbortController() });
  }

  list(): readonly ConnectionRecord[] {
    return [...this.#rows.values()].map(({ record }) => record);
  }

  /** Begins to connect. @throws WherryError `invalid-argument`, `not-found`, `too-many` */
  async connect(request: ConnectRequest): Promise<ConnectionRecord> {
    if (this.#rows.size >= maximumConnections)
      throw new WherryError('too-many', 'Too many connections are open; close one first');
    const siteId = 'siteId' in request ? request.siteId : null;
    const found = 'siteId' in request ? await this.#options.siteOf(request.siteId) : placeOf(request);
    const address = parseAddress(found.address);
    const id = randomUUID();
    const options = { connections: paneConnections, ...found.options };
    const access = new Access({ connection: id, address, options, siteId }, this.#options.access);
    const user = options.user ?? address.user;
    const record: ConnectionRecord = {
      ...emptyRecord,
      id,
      kind: address.scheme === 'file' ? 'local' : 'remote',
      state: 'connecting',
      label: found.label === '' ? `${user === null ? '' : `${user}@`}${address.host ?? 'disk'}` : found.label,
      address: formatAddress({ ...address, user, password: null }),
      protocol: address.scheme,
      host: address.host,
      port: address.port,
      user,
      siteId,
    };
    const row: Row = { record, access, remote: null, controller: new AbortController() };
    this.#rows.set(id, row);
    this.#accesses.set(access.key, access);
    void this.#open(row);
    return record;
  }

  /** Connects anew what was lost or failed. @throws WherryError `closed` */
  async reconnect(id: string): Promise<ConnectionRecord> {
    const row = this.#require(id);
    if (row.access === null || row.record.state === 'connecting') return row.record;
    row.controller.abort();
    row.controller = new AbortController();
    const old = row.remote;
    row.remote = null;
    this.#set(row, { state: 'connecting', error: null });
    await old?.close().catch(() => undefined);
    void this.#open(row);
    return row.record;
  }

  async close(id: string): Promise<void> {
    if (id === localId) throw new WherryError('invalid-argument', 'The disk of this machine stays open');
    const row = this.#require(id);
    this.#rows.delete(id);
    row.controller.abort();
    if (row.access?.forgets === true) this.#accesses.delete(row.access.key);
    this.#options.messages.send({ type: 'connection-removed', connection: id });
    await row.remote?.close().catch(() => undefined);
  }

  /** @throws WherryError `closed` when there is none of this id, or it is not ready */
  fileSystemOf(id: string): FileSystem {
    return this.remoteOf(id).fileSystem;
  }

  remoteOf(id: string): RemoteConnection {
    const { remote, record } = this.#require(id);
    if (remote !== null) return remote;
    throw new WherryError('closed', record.error?.message ?? 'The connection is not open yet');
  }

  /** Sends a command that somebody has typed. @throws WherryError `not-supported` where there are none */
  async command(id: string, text: string, signal: AbortSignal): Promise<string> {
    const { fileSystem } = this.remoteOf(id);
    if (fileSystem.command === undefined)
      throw new WherryError('not-supported', 'This connection takes no commands of its protocol');
    return fileSystem.command(text, { signal });
  }

  /** The address of a path on a connection, as the queue keeps it. */
  addressOf(id: string, path: string): string {
    return this.#require(id).access?.addressOf(path) ?? path;
  }

  labelOf(id: string): string {
    return this.#rows.get(id)?.record.label ?? 'closed';
  }

  /** An open connection to the place of an address; null for none. */
  connectionAt(address: string): ConnectionRecord | null {
    const parsed = parseAddress(address);
    if (parsed.scheme === 'file') return this.#rows.get(localId)?.record ?? null;
    const key = placeKey(parsed);
    return [...this.#rows.values()].find(({ access }) => access?.key === key)?.record ?? null;
  }

  /** The way to the place of an address that is known already; null for none. */
  knownAccess(address: string): Access | null {
    const parsed = parseAddress(address);
    return parsed.scheme === 'file' ? null : (this.#accesses.get(placeKey(parsed)) ?? null);
  }

  /** The way to the place of an address: the one that a pane has gone, a saved site's, or asking. */
  async accessTo(address: string): Promise<Access> {
    const parsed = parseAddress(address);
    const key = placeKey(parsed);
    const known = this.#accesses.get(key);
    if (known !== undefined) return known;
    const found = await this.#options.siteAt(key).catch(() => null);
    const target = {
      connection: null,
      address: { ...parsed, path: '', isAbsolute: false },
      options: found?.site.options ?? {},
      siteId: found?.siteId ?? null,
    };
    const access = new Access(target, this.#options.access);
    this.#accesses.set(key, access);
    return access;
  }

  async closeAll(): Promise<void> {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    for (const { controller } of rows) controller.abort();
    await Promise.all(rows.map(async ({ remote }) => remote?.close().catch(() => undefined)));
  }

  async #open(row: Row): Promise<void> {
    const { access, controller } = row;
    const { signal } = controller;
    if (access === null) return;
    try {
      const remote = await access.open(signal);
      if (signal.aborted) {
        await remote.close();
        return;
      }
      row.remote = remote;
      const { facts } = remote;
      this.#set(row, {
        state: 'ready',
        error: null,
        home: remote.directory,
        protocol: facts.protocol,
        user: facts.user ?? row.record.user,
        software: facts.software,
        security: facts.security,
        capabilities: capabilitiesOf(remote.fileSystem),
      });
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toWherryError(thrown, 'connect');
      this.#options.access.log.add(row.record.id, { kind: 'error', text: error.message });
      this.#set(row, { state: 'failed', error: errorFacts(error) });
    }
  }

  #set(row: Row, change: Partial<ConnectionRecord>): void {
    row.record = { ...row.record, ...change };
    if (this.#rows.get(row.record.id) === row)
      this.#options.messages.send({ type: 'connection', connection: row.record });
  }

  #require(id: string): Row {
    const row = this.#rows.get(id);
    if (row === undefined) throw new WherryError('closed', 'This connection was closed');
    return row;
  }
}

const emptyRecord = {
  host: null,
  port: null,
  user: null,
  software: null,
  security: null,
  home: '/',
  siteId: null,
  capabilities: noCapabilities,
  error: null,
} as const;

function placeOf(request: Extract<ConnectRequest, { readonly address: string }>): FoundSite {
  const { address, user, password, account } = request;
  return {
    label: '',
    address,
    options: {
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ...(account === undefined ? {} : { account }),
    },
  };
}

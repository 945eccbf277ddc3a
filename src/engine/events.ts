/** What happened, for logs, hooks and watchers. Every event of a session carries who and from where. */
export interface SessionFacts {
  readonly session: string;
  readonly protocol: ProtocolName;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly account: string | null;
}

/** The protocols a session may speak. `ftps` is implicit TLS; explicit TLS stays `ftp`. */
export type ProtocolName = 'ftp' | 'ftps' | 'sftp' | 'scp' | 'tftp' | 'http';

/** How a transfer ended. Only `completed` means that every octet arrived and is in its place. */
export type TransferResultName = 'completed' | 'failed' | 'aborted';

/** One address that is listened on. */
export interface ListenerFacts {
  readonly protocol: ProtocolName;
  readonly host: string;
  readonly port: number;
}

interface EventFields {
  ready: { readonly listeners: readonly ListenerFacts[] };
  stopping: { readonly reason: string; readonly sessions: number };
  stopped: object;
  warning: { readonly message: string };
  'session-opened': SessionFacts;
  'session-closed': SessionFacts & { readonly reason: string; readonly durationMs: number };
  'session-refused': {
    readonly protocol: ProtocolName;
    readonly remoteAddress: string;
    readonly reason: string;
  };
  /** What was negotiated: TLS version and cipher, SSH algorithms, the virtual host. */
  negotiated: SessionFacts & { readonly channel: 'control' | 'data'; readonly description: string };
  'login-accepted': SessionFacts & { readonly method: string };
  'login-refused': SessionFacts & { readonly user: string; readonly method: string; readonly reason: string };
  /** A command as it came, secrets masked. */
  command: SessionFacts & { readonly text: string };
  reply: SessionFacts & { readonly text: string };
  'transfer-started': SessionFacts & { readonly direction: TransferDirection; readonly path: string };
  'transfer-finished': SessionFacts & {
    readonly direction: TransferDirection;
    readonly path: string;
    readonly bytes: number;
    readonly durationMs: number;
    readonly result: TransferResultName;
    readonly reason: string | null;
    readonly sha256: string | null;
    /** Whether line ends were converted; no when absent. */
    readonly text?: boolean | undefined;
  };
  /** A change of files is about to be made; `file-changed`, `transfer-finished` or `change-failed` follows. */
  'change-begun': SessionFacts & {
    readonly action: ChangeName;
    readonly path: string;
    readonly other: string | null;
  };
  /** A change that was begun did not come about. */
  'change-failed': SessionFacts & { readonly action: ChangeName; readonly path: string };
  'file-changed': SessionFacts & {
    readonly action: FileAction;
    readonly path: string;
    /** The new name of a rename or the source of a copy. */
    readonly other: string | null;
  };
  denied: SessionFacts & { readonly action: string; readonly path: string; readonly rule: string };
  'ban-added': {
    readonly network: string;
    readonly reason: string;
    readonly source: 'administrator' | 'automatic';
    /** Milliseconds since 1970 in UTC; null for ever. */
    readonly expiresAt: number | null;
  };
  'ban-removed': { readonly network: string };
  /** Somebody has changed, or tried to change, how the server is run. */
  administration: {
    /** Who: the name of an administrator, a token, or the owner of the machine. */
    readonly actor: string;
    /** Null over the socket of the machine itself. */
    readonly remoteAddress: string | null;
    /** What was done, as in `user.set`. */
    readonly action: string;
    /** To whom or what. */
    readonly target: string;
    readonly outcome: 'completed' | 'failed' | 'refused';
    /** More about it, without secrets. */
    readonly detail: string | null;
  };
}

/** What changes files: an upload taking its place, or a {@link FileAction}. */
export type ChangeName = 'upload' | FileAction;

export type TransferDirection = 'download' | 'upload' | 'listing';

/** What is done to a file beside moving its content. */
export type FileAction =
  'delete' | 'make-directory' | 'remove-directory' | 'rename' | 'set-attributes' | 'make-link' | 'copy';

/** The names of all events. */
export type EventName = keyof EventFields;

/** An event of one name. */
export type EventOf<Name extends EventName> = { readonly event: Name } & EventFields[Name];

/** Any event. */
export type ServerEvent = { [Name in EventName]: EventOf<Name> }[EventName];

/** Hears events. A listener must not throw; what it does later is its own affair. */
export type EventListener = (event: ServerEvent) => void;

/** Carries events from where they happen to whoever listens. Nothing is built for an event that nobody wants. */
export class EventBus {
  readonly #listeners = new Set<{
    readonly listener: EventListener;
    readonly names: ReadonlySet<EventName> | null;
  }>();
  /** Who hears events of a name; worked out when one is first asked about. */
  readonly #hearers = new Map<EventName, readonly EventListener[]>();

  /**
   * @param names the events to hear; all when absent
   * @returns ends the subscription
   */
  subscribe(listener: EventListener, names?: readonly EventName[]): () => void {
    const row = { listener, names: names === undefined ? null : new Set(names) };
    this.#listeners.add(row);
    this.#hearers.clear();
    return () => {
      this.#listeners.delete(row);
      this.#hearers.clear();
    };
  }

  /** Whether anybody hears this event; ask before building one on a hot path. */
  wants(name: EventName): boolean {
    return this.#hearersOf(name).length > 0;
  }

  emit(event: ServerEvent): void {
    for (const listener of this.#hearersOf(event.event)) listener(event);
  }

  #hearersOf(name: EventName): readonly EventListener[] {
    const known = this.#hearers.get(name);
    if (known !== undefined) return known;
    const hearers = [...this.#listeners]
      .filter(({ names }) => names === null || names.has(name))
      .map(({ listener }) => listener);
    this.#hearers.set(name, hearers);
    return hearers;
  }
}

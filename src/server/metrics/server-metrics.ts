import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EventBus, EventOf, ServerEvent } from '#engine/events.ts';
import type { LoginDefence } from '#engine/login-defence.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';
import type { BanList } from '../bans/ban-list.ts';
import { Counter } from './counter.ts';
import { expositionType, formatMetrics, type Metric } from './exposition.ts';

/** What metrics are taken from beside events. */
export interface MeteredServer {
  readonly events: EventBus;
  readonly sessions: SessionRegistry;
  readonly bans: BanList;
  readonly defence: LoginDefence;
  readonly freePassivePorts: () => number;
}

/** Numbers of parts that a server may lack. */
export interface MetricSources {
  /** Events that the audit could not write down. */
  readonly auditLost?: (() => number) | undefined;
  /** Messages that wait, by hook. */
  readonly hooksWaiting?: (() => ReadonlyMap<string, number>) | undefined;
}

const countedEvents = [
  'session-opened',
  'session-refused',
  'login-accepted',
  'login-refused',
  'transfer-finished',
  'file-changed',
  'denied',
  'ban-added',
  'warning',
] as const;

const eventLoopResolutionMs = 20;
const nanoseconds = 1e9;
const quantiles = [0.5, 0.9, 0.99] as const;

/**
 * The numbers that are watched: events are counted as they happen, everything else is looked at when somebody asks.
 * Labels hold words of this program only, never a name, an address or a path.
 */
export class ServerMetrics {
  readonly contentType = expositionType;
  readonly #server: MeteredServer;
  readonly #sources: MetricSources;
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>;
  readonly #stop: () => void;
  readonly #startedAt = Date.now();
  readonly #opened = new Counter(['protocol']);
  readonly #refused = new Counter(['protocol']);
  readonly #logins = new Counter(['protocol', 'outcome']);
  readonly #transfers = new Counter(['protocol', 'direction', 'result']);
  readonly #bytes = new Counter(['protocol', 'direction']);
  readonly #changes = new Counter(['protocol', 'action']);
  readonly #denied = new Counter(['protocol']);
  readonly #bans = new Counter(['source']);
  readonly #warnings = new Counter([]);
  readonly #counters: {
    readonly [Name in (typeof countedEvents)[number]]: (event: EventOf<Name>) => void;
  } = {
    'session-opened': ({ protocol }) => {
      this.#opened.add(1, protocol);
    },
    'session-refused': ({ protocol }) => {
      this.#refused.add(1, protocol);
    },
    'login-accepted': ({ protocol }) => {
      this.#logins.add(1, protocol, 'accepted');
    },
    'login-refused': ({ protocol }) => {
      this.#logins.add(1, protocol, 'refused');
    },
    'transfer-finished': ({ protocol, direction, result, bytes }) => {
      this.#transfers.add(1, protocol, direction, result);
      this.#bytes.add(bytes, protocol, direction);
    },
    'file-changed': ({ protocol, action }) => {
      this.#changes.add(1, protocol, action);
    },
    denied: ({ protocol }) => {
      this.#denied.add(1, protocol);
    },
    'ban-added': ({ source }) => {
      this.#bans.add(1, source);
    },
    warning: () => {
      this.#warnings.add(1);
    },
  };

  constructor(server: MeteredServer, sources: MetricSources = {}) {
    this.#server = server;
    this.#sources = sources;
    this.#delay = monitorEventLoopDelay({ resolution: eventLoopResolutionMs });
    this.#delay.enable();
    this.#stop = server.events.subscribe((event) => {
      this.#count(event);
    }, countedEvents);
  }

  /** All metrics as text for Prometheus. The delay of the event loop is that since the last time somebody asked. */
  text(): string {
    const text = formatMetrics(this.metrics());
    this.#delay.reset();
    return text;
  }

  /** All metrics with their values of the moment. */
  metrics(): readonly Metric[] {
    return [...this.#counted(), ...this.#gauges(), ...this.#optional(), this.#eventLoop()];
  }

  close(): void {
    this.#stop();
    this.#delay.disable();
  }

  #count(event: ServerEvent): void {
    const count = (this.#counters as Partial<Record<string, (event: ServerEvent) => void>>)[event.event];
    count?.(event);
  }

  #counted(): readonly Metric[] {
    const rows = [
      ['wherry_sessions_opened_total', 'Connections that were let in.', this.#opened],
      ['wherry_sessions_refused_total', 'Connections that were not let in.', this.#refused],
      ['wherry_logins_total', 'Logins by their outcome.', this.#logins],
      ['wherry_transfers_total', 'Transfers that have ended, by how.', this.#transfers],
      [
        'wherry_transfer_bytes_total',
        'Octets of files that were moved, by transfers that have ended.',
        this.#bytes,
      ],
      ['wherry_file_changes_total', 'Changes of files that are no transfers.', this.#changes],
      ['wherry_denied_total', 'Actions that the rights or a hook forbade.', this.#denied],
      ['wherry_bans_added_total', 'Bans that were made.', this.#bans],
      ['wherry_warnings_total', 'Warnings in the log.', this.#warnings],
    ] as const;
    return rows.map(([name, help, counter]) => ({ name, help, type: 'counter', samples: counter.samples }));
  }

  #gauges(): readonly Metric[] {
    const { sessions, bans, defence, freePassivePorts } = this.#server;
    const { halfOpen, networks } = defence.load;
    const memory = process.memoryUsage();
    const open = new Counter(['protocol']);
    const running = new Counter(['protocol', 'direction']);
    for (const { protocol, transfer } of sessions.list()) {
      open.add(1, protocol);
      if (transfer !== null) running.add(1, protocol, transfer.direction);
    }
    const gauge = (name: string, help: string, value: number): Metric => ({
      name,
      help,
      type: 'gauge',
      samples: [{ value }],
    });
    return [
      { name: 'wherry_sessions', help: 'Open sessions.', type: 'gauge', samples: open.samples },
      {
        name: 'wherry_transfers_running',
        help: 'Sessions that are moving something.',
        type: 'gauge',
        samples: running.samples,
      },
      gauge('wherry_sessions_half_open', 'Connections that have not logged in.', halfOpen),
      gauge('wherry_penalised_networks', 'Networks whose offences are remembered.', networks),
      gauge('wherry_bans', 'Networks that are kept out.', bans.size),
      gauge('wherry_passive_ports_free', 'Passive ports that no session holds.', freePassivePorts()),
      gauge('wherry_start_time_seconds', 'When the server was started, since 1970.', this.#startedAt / 1000),
      gauge('process_resident_memory_bytes', 'Memory that the process holds.', memory.rss),
      gauge('nodejs_heap_used_bytes', 'Memory that the heap uses.', memory.heapUsed),
    ];
  }

  #optional(): readonly Metric[] {
    const { auditLost, hooksWaiting } = this.#sources;
    const metrics: Metric[] = [];
    if (auditLost !== undefined) {
      metrics.push({
        name: 'wherry_audit_lost_total',
        help: 'Events that the audit could not write down.',
        type: 'counter',
        samples: [{ value: auditLost() }],
      });
    }
    if (hooksWaiting !== undefined) {
      metrics.push({
        name: 'wherry_hook_messages_waiting',
        help: 'Messages that are still to be delivered.',
        type: 'gauge',
        samples: Array.from(hooksWaiting(), ([hook, value]) => ({ labels: { hook }, value })),
      });
    }
    return metrics;
  }

  #eventLoop(): Metric {
    const delay = this.#delay;
    const samples = quantiles.map((quantile) => ({
      labels: { quantile: String(quantile) },
      value: late(delay.percentile(quantile * 100)),
    }));
    const mean = Number.isNaN(delay.mean) ? 0 : late(delay.mean);
    return {
      name: 'wherry_event_loop_delay_seconds',
      help: 'How late the event loop comes to what is due.',
      type: 'summary',
      samples: [
        ...samples,
        { suffix: '_sum', value: mean * delay.count },
        { suffix: '_count', value: delay.count },
      ],
    };
  }
}

/** The histogram counts from one look to the next; what it is meant to take is no delay. */
function late(measured: number): number {
  return Math.max(0, measured / nanoseconds - eventLoopResolutionMs / 1000);
}

import { WherryError } from '#core/errors.ts';
import { joinName, nameOf, resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type {
  EnqueueRequest,
  ExistingFileChoice,
  QueueSettings,
  TransferRequest,
} from '#protocols/http/contract/page/queue.ts';
import type { ConnectOptions } from '../options.ts';
import { directionOf, priorities, type Direction, type JobOptions, type NewJob } from '../queue/job.ts';
import type { Access } from './access.ts';
import { localId, type Connections } from './connections.ts';
import { optionsFor } from './settle-existing.ts';
import { placeOf } from './transfer-record.ts';

/** What the settings say of every copy. */
export function copyOptionsOf({
  preserveTimes,
  verify,
  serverToServer,
}: QueueSettings): Pick<JobOptions, 'keepTimes' | 'verify' | 'serverToServer'> {
  return { keepTimes: preserveTimes, verify: verify ? undefined : false, serverToServer };
}

/**
 * A transfer as the queue keeps it.
 *
 * @throws WherryError `name-invalid`, `invalid-argument` for a file onto itself, `closed` for a connection that is gone
 */
export function jobFor(
  transfer: TransferRequest,
  request: EnqueueRequest,
  around: {
    readonly connections: Connections;
    readonly settings: QueueSettings;
    readonly ruleFor: (direction: Direction) => ExistingFileChoice | 'ask';
  },
): NewJob {
  const { source, targetDirectory, targetName, type } = transfer;
  const { connections, settings, ruleFor } = around;
  const sourcePath = resolveVirtualPath(rootPath, source.path);
  const name = targetName ?? nameOf(sourcePath);
  if (name === '' || name === '.' || name === '..' || /[/\0]/u.test(name))
    throw new WherryError('name-invalid', 'Cannot transfer it: the name for the target is not allowed');
  const target = joinName(resolveVirtualPath(rootPath, targetDirectory.path), name);
  const from = connections.addressOf(source.connection, sourcePath);
  const to = connections.addressOf(targetDirectory.connection, target);
  if (from === to) throw new WherryError('invalid-argument', 'Cannot transfer it onto itself');
  const existing = request.existing ?? ruleFor(directionOf({ from, to }));
  const isDirectory = type === 'directory';
  return {
    from,
    to,
    priority: priorities[5 - (request.priority ?? 3)] ?? 'normal',
    // Directories are read by the scanner, and never run as they are.
    paused: request.paused === true || isDirectory,
    options: {
      kind: type,
      move: request.move === true,
      ...optionsFor(existing),
      existing: request.existing,
      ...copyOptionsOf(settings),
      ...(isDirectory && request.paused === true ? { held: true } : {}),
    },
    ...(transfer.size === undefined ? {} : { total: transfer.size }),
  };
}

/** The ways to the places of addresses. The queue asks for them when it cannot wait: they are found out before. */
export class QueueWays {
  readonly #connections: Connections;
  /** The last that was known of each place: a pane that is closed may forget, its transfers go on. */
  readonly #last = new Map<string, Access>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** How the place of an address is reached by now, once it was prepared: what a pane was told since counts. */
  optionsOf(address: string): ConnectOptions {
    const place = placeOf(address);
    const access = this.#connections.knownAccess(address) ?? this.#last.get(place);
    if (access === undefined) return {};
    this.#last.set(place, access);
    return access.options();
  }

  async prepare({ from, to }: Pick<NewJob, 'from' | 'to'>): Promise<void> {
    for (const address of [from, to]) {
      const place = placeOf(address);
      if (place === localId || this.#last.has(place)) continue;
      this.#last.set(place, await this.#connections.accessTo(address));
    }
  }
}

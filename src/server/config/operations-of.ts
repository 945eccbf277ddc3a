import type { EventName } from '#engine/events.ts';
import { nearestWord } from '#core/nearest-word.ts';
import { WherryError } from '#core/errors.ts';
import { checkHooks, type BeforeHook, type EventHook, type HookTarget } from '../hooks/hook-options.ts';
import { eventNames } from '../log/human-log.ts';
import type { OperationsOptions } from '../operations.ts';
import type { Config } from './schema.ts';

/**
 * What a configuration says of bans, audit and hooks.
 *
 * @throws WherryError `invalid-argument` for hooks that cannot be
 */
export function operationsOf(config: Config): Omit<OperationsOptions, 'directory' | 'events'> {
  const { audit, defence } = config;
  const hooks = config.hooks.map((hook): EventHook => ({
    name: hook.name,
    target: targetOf(hook),
    ...(hook.events === undefined ? {} : { events: hook.events.map((name) => eventName(hook.name, name)) }),
    timeoutMs: hook.timeout,
  }));
  const beforeHooks = config.beforeHooks.map((hook): BeforeHook => ({
    name: hook.name,
    target: targetOf(hook),
    actions: hook.actions,
    timeoutMs: hook.timeout,
    onFailure: hook.onFailure,
  }));
  checkHooks([...hooks, ...beforeHooks]);
  return {
    allowedNetworks: defence.exempt,
    audit: audit.enabled ? { ageMs: audit.keep, records: audit.records } : null,
    hooks,
    beforeHooks,
  };
}

type WrittenTarget = Config['hooks'][number] | Config['beforeHooks'][number];

function targetOf({ url, secret, internal, program, arguments: words }: WrittenTarget): HookTarget {
  return program === undefined
    ? { kind: 'http', url: url ?? '', internal, ...(secret === undefined ? {} : { secret }) }
    : { kind: 'program', file: program, arguments: words };
}

function eventName(hook: string, name: string): EventName {
  const known = eventNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const near = nearestWord(name, eventNames);
  const hint = near === null ? `there are ${eventNames.join(', ')}` : `did you mean "${near}"?`;
  throw new WherryError(
    'invalid-argument',
    `The hook "${hook}" names an event "${name}" that is none; ${hint}`,
  );
}

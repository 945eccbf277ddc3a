import type { ListenerFacts } from '#engine/events.ts';
import type { SessionRegistry } from '#engine/session-registry.ts';

/** Whether new clients should be sent here, and what speaks against it. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ReadinessCheck[];
}

/** One thing that readiness depends on. */
export interface ReadinessCheck {
  readonly name: 'listening' | 'serving' | 'room-for-sessions' | 'passive-ports' | 'database';
  readonly passed: boolean;
  /** What is wrong, without secrets; null when nothing is. */
  readonly problem: string | null;
}

/** What readiness is told from. */
export interface ReadinessSources {
  readonly listeners: () => readonly ListenerFacts[];
  /** Whether it has begun and not begun to stop. */
  readonly isReady: () => boolean;
  readonly sessions: SessionRegistry;
  readonly freePassivePorts: () => number;
  /** Throws when what the server keeps cannot be read. */
  readonly database?: (() => void) | undefined;
}

/** Looks whether the server can take one more client. Being alive is another question: whoever answers is. */
export function readiness(sources: ReadinessSources): Readiness {
  const { listeners, isReady, sessions, freePassivePorts, database } = sources;
  const checks: readonly ReadinessCheck[] = [
    check('listening', listeners().length > 0, 'Nothing is listened on'),
    check('serving', isReady(), 'The server is starting or shutting down'),
    check('room-for-sessions', !sessions.full, 'There are as many sessions as there may be'),
    check('passive-ports', freePassivePorts() > 0, 'Every passive port is in use'),
    check('database', database === undefined || works(database), 'The database cannot be read'),
  ];
  return { ready: checks.every(({ passed }) => passed), checks };
}

function check(name: ReadinessCheck['name'], passed: boolean, problem: string): ReadinessCheck {
  return { name, passed, problem: passed ? null : problem };
}

function works(look: () => void): boolean {
  try {
    look();
    return true;
  } catch {
    return false;
  }
}

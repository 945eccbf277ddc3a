import type { EventListener } from '#engine/events.ts';
import type { LogSink } from './human-log.ts';

/** Writes each event as one line of JSON with its time (ISO 8601, UTC) behind its own fields. */
export function jsonLog(sink: LogSink): EventListener {
  return (event) => {
    sink.write(`${JSON.stringify({ ...event, time: new Date().toISOString() })}\n`);
  };
}

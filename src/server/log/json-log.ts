import type { EventListener } from '#engine/events.ts';
import type { LogSink } from './human-log.ts';

/** Writes each event as one line of JSON with its time (ISO 8601, UTC) behind its own fields. */
export function jsonLog(sink: LogSink): EventListener {
  let moment = 0;
  let time = '';
  return (event) => {
    const now = Date.now();
    // Many events share a millisecond.
    if (now !== moment) {
      moment = now;
      time = new Date(now).toISOString();
    }
    sink.write(`${JSON.stringify(event).slice(0, -1)},"time":"${time}"}\n`);
  };
}

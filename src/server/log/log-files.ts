import type { EventBus } from '#engine/events.ts';
import { jsonLog } from './json-log.ts';
import { RotatingFile, type RotationLimits } from './rotating-file.ts';
import { xferlog, xferlogEvents } from './xferlog.ts';

/** Which log files there are; null for none of a kind. */
export interface LogFileOptions {
  readonly file: string | null;
  readonly transferFile: string | null;
  readonly rotateSize: number;
  readonly rotateDaily: boolean;
  readonly keepFiles: number;
}

/** Log files that are open. */
export interface LogFiles {
  /** Goes on under the names, after somebody has put the files aside. */
  reopen(): void;
  /** Writes what is pending, and ends. */
  close(): void;
}

/** Writes the log files that somebody wants. @throws WherryError when one cannot be opened */
export function openLogFiles(
  options: LogFileOptions,
  { events, onProblem }: { readonly events: EventBus; readonly onProblem: (message: string) => void },
): LogFiles {
  const { file, transferFile, rotateSize, rotateDaily, keepFiles } = options;
  const limits: RotationLimits = { bytes: rotateSize, daily: rotateDaily, kept: keepFiles };
  const open = (name: string): RotatingFile => new RotatingFile({ file: name, limits, onProblem });
  const log = file === null ? null : open(file);
  const transfers = transferFile === null ? null : open(transferFile);
  const stops = [
    ...(log === null ? [] : [events.subscribe(jsonLog(log))]),
    ...(transfers === null ? [] : [events.subscribe(xferlog(transfers), xferlogEvents)]),
  ];
  return {
    reopen() {
      log?.reopen();
      transfers?.reopen();
    },
    close() {
      for (const stop of stops) stop();
      log?.flush();
      transfers?.flush();
    },
  };
}

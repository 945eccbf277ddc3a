import type { ConnectionRecord } from './files.ts';
import type { LogLine } from './log.ts';
import type { QueueSettings, QueueTotals, TransferProgress, TransferRecord } from './queue.ts';
import type { PlanRun } from './synchronise.ts';
import type { Question } from './trust.ts';

/**
 * What the backend says over the WebSocket, one JSON object a message. The handshake needs the session's cookie and an
 * `Origin` of the page's own. A page that lost the socket opens it again and reads everything anew after `hello`.
 * Messages are gathered for 100 ms at least, and a `queue` message holds at most 1,000 transfers, so that thousands of
 * small ones do not flood a page.
 */
export type ServerMessage =
  /** First, and only once. */
  | {
      readonly type: 'hello';
      readonly connections: readonly ConnectionRecord[];
      readonly questions: readonly Question[];
      readonly totals: QueueTotals;
    }
  | { readonly type: 'connection'; readonly connection: ConnectionRecord }
  | { readonly type: 'connection-removed'; readonly connection: string }
  | { readonly type: 'question'; readonly question: Question }
  | { readonly type: 'question-closed'; readonly question: string }
  | {
      readonly type: 'queue';
      /** New ones and those whose state changed. */
      readonly transfers: readonly TransferRecord[];
      readonly progress: readonly TransferProgress[];
      readonly removed: readonly string[];
      readonly totals: QueueTotals;
    }
  | { readonly type: 'queue-settings'; readonly settings: QueueSettings }
  /** The queue became empty; the page does what concerns it (notice, sound). */
  | { readonly type: 'queue-finished'; readonly done: number; readonly failed: number }
  | { readonly type: 'log'; readonly lines: readonly LogLine[] }
  /** What a directory holds has changed by something other than this page's own request (a transfer, another tab). */
  | { readonly type: 'directory-changed'; readonly connection: string; readonly path: string }
  /** A plan that is carried out has come further, or to its end. */
  | { readonly type: 'plan'; readonly run: PlanRun }
  | { readonly type: 'sites-changed' }
  /** The session is over; the socket closes. */
  | { readonly type: 'session-ended'; readonly reason: 'expired' | 'logged-out' | 'kicked' | 'stopping' };

/** What the page says. */
export type PageMessage =
  /** Directories on show, for `directory-changed`; replaces the list named before. */
  | {
      readonly type: 'watch';
      readonly directories: readonly { readonly connection: string; readonly path: string }[];
    }
  | { readonly type: 'ping' };

import type { LucideIcon } from 'lucide-react';
import type { ConnectionRecord } from '#protocols/http/contract/page/files.ts';
import type { PageFeatures } from '#protocols/http/contract/page/session.ts';
import type { Row } from '../model/listing.ts';
import { connections } from '../state/connections.ts';
import { session } from '../state/session.ts';
import type { Tab } from '../workspace/tab.ts';
import { otherSide, workspace, type Side } from '../workspace/workspace.ts';

/** What an action works on: where somebody is and what is selected there. */
export interface ActionContext {
  readonly side: Side;
  readonly tab: Tab | null;
  readonly other: Tab | null;
  readonly connection: ConnectionRecord | null;
  readonly otherConnection: ConnectionRecord | null;
  readonly rows: readonly Row[];
  readonly features: PageFeatures;
}

/** Something a person can do. Toolbar, menu, palette and keyboard all read it from here. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly group: 'Go' | 'File' | 'Edit' | 'Transfer' | 'View' | 'Server' | 'wherry';
  readonly icon: LucideIcon;
  /** As `Ctrl+Shift+K`; on a Mac Ctrl is Command. The first is shown. */
  readonly keys?: readonly string[];
  readonly danger?: boolean;
  /** Whether it makes sense at all here; absent means always. */
  readonly shown?: (context: ActionContext) => boolean;
  /** Whether it can be done now; absent means always. */
  readonly enabled?: (context: ActionContext) => boolean;
  /** For what is on or off. */
  readonly checked?: (context: ActionContext) => boolean;
  readonly run: (context: ActionContext) => void | Promise<void>;
}

const nothing: PageFeatures = {
  connections: false,
  localDisk: false,
  sites: false,
  queue: false,
  uploads: false,
  archives: false,
  shares: false,
  passkeys: false,
  administration: false,
};

/** The context of this moment. */
export function contextNow(side: Side = workspace.state.get().activeSide): ActionContext {
  const tab = workspace.tab(side);
  const other = workspace.tab(otherSide(side));
  const known = connections.get();
  return {
    side,
    tab,
    other,
    connection: tab === null ? null : (known.get(tab.place.connection) ?? null),
    otherConnection: other === null ? null : (known.get(other.place.connection) ?? null),
    rows: tab?.selectedRows() ?? [],
    features: session.get()?.features ?? nothing,
  };
}

export function isShown(action: Action, context: ActionContext): boolean {
  return action.shown?.(context) ?? true;
}

export function isEnabled(action: Action, context: ActionContext): boolean {
  return isShown(action, context) && (action.enabled?.(context) ?? true);
}

/** Does it, if it can be done now. */
export function perform(action: Action, side?: Side): void {
  const context = contextNow(side);
  if (isEnabled(action, context)) void action.run(context);
}

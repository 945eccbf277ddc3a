import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { Place } from '#protocols/http/contract/page/common.ts';
import type { ComponentType } from 'react';
import { createStore } from './store.ts';

/** What an open dialog is about, by its kind. Each is a module of its own, loaded when it is first opened. */
export interface DialogProps {
  /** `side`: the pane that shows what is connected to; the right one by default. */
  readonly 'site-manager': { readonly siteId?: string; readonly side?: 'left' | 'right' };
  readonly mode: {
    readonly connection: string;
    readonly directory: string;
    readonly entries: readonly EntryRecord[];
  };
  readonly properties: {
    readonly connection: string;
    readonly directory: string;
    readonly entries: readonly EntryRecord[];
  };
  readonly editor: { readonly place: Place };
  readonly preview: { readonly place: Place; readonly siblings: readonly EntryRecord[] };
  readonly search: { readonly places: readonly Place[] };
  readonly synchronise: { readonly left: Place; readonly right: Place };
  readonly confirm: ConfirmProps;
  readonly prompt: PromptProps;
  readonly palette: object;
  readonly settings: { readonly section?: 'queue' | 'appearance' | 'trust' };
  readonly shortcuts: object;
  readonly command: { readonly connection: string };
  /** Without a path, every link there is. */
  readonly share: { readonly path: string | null; readonly isFile?: boolean };
  readonly bookmarks: object;
  readonly account: object;
}

export type DialogKind = keyof DialogProps;

/** Asks yes or no. */
export interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly danger?: boolean;
  readonly onConfirm: () => void;
}

/** Asks for one line. */
export interface PromptProps {
  readonly title: string;
  readonly label: string;
  readonly value: string;
  readonly confirm: string;
  /** Selects this many characters from the start: the name without its extension. */
  readonly selectLength?: number;
  readonly onConfirm: (value: string) => void;
}

export interface OpenDialog<Kind extends DialogKind = DialogKind> {
  readonly id: number;
  readonly kind: Kind;
  readonly props: DialogProps[Kind];
}

/** A dialog's module exports one of these. */
export type DialogComponent<Kind extends DialogKind> = ComponentType<
  DialogProps[Kind] & { readonly close: () => void }
>;

/** Open dialogs, the last one on top. */
export const dialogs = createStore<readonly OpenDialog[]>([]);

let nextId = 1;

export function openDialog<Kind extends DialogKind>(kind: Kind, props: DialogProps[Kind]): void {
  dialogs.set([...dialogs.get(), { id: nextId++, kind, props }]);
}

export function closeDialog(id: number): void {
  dialogs.set(dialogs.get().filter((dialog) => dialog.id !== id));
}

/**
 * Goes on at once, or after somebody agreed to lose what is not saved.
 *
 * @param unsaved what was changed, in quotes where it has a name; null when there is nothing to lose
 */
export function leaveUnsaved(unsaved: string | null, go: () => void): void {
  if (unsaved === null) {
    go();
    return;
  }
  openDialog('confirm', {
    title: 'Discard the changes?',
    text: `Changes to ${unsaved} are not saved.`,
    confirm: 'Discard',
    danger: true,
    onConfirm: go,
  });
}

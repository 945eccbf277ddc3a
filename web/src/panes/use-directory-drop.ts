import { useRef, useState, type HTMLAttributes, type RefObject } from 'react';
import { useDrop } from 'react-aria';
import type { DropItem } from 'react-aria-components';
import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { Place } from '#protocols/http/contract/page/common.ts';
import type { Row } from '../model/listing.ts';
import { join } from '../model/paths.ts';
import { notify } from '../state/notices.ts';
import { filesOf } from '../uploads/choose-files.ts';
import { startUploads } from '../uploads/uploads.ts';
import { resolve } from '../model/paths.ts';
import { workspace } from '../workspace/workspace.ts';

/** What entries that are dragged from a list carry. */
export const entriesType = 'application/x-wherry-entries';

/** The payload of {@link entriesType}. */
export interface DraggedEntries {
  readonly place: Place;
  readonly entries: readonly EntryRecord[];
}

interface DirectoryDropOptions {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly place: Place;
  readonly rows: readonly Row[];
  readonly rowHeight: number;
  readonly writable: boolean;
  readonly uploads: boolean;
}

interface DirectoryDrop {
  readonly dropProps: HTMLAttributes<HTMLDivElement>;
  readonly isOver: boolean;
  /** The directory under the pointer that would take what is dropped; null for the one on show. */
  readonly targetId: number | null;
}

/** Makes a list take entries of other lists and files of the desktop, into itself or into a directory in it. */
export function useDirectoryDrop(options: DirectoryDropOptions): DirectoryDrop {
  const { scroller, place, rows, rowHeight, writable, uploads } = options;
  const [targetId, setTargetId] = useState<number | null>(null);
  const target = useRef<Row | null>(null);
  const follow = (y: number): void => {
    const offset = y + (scroller.current?.scrollTop ?? 0);
    const row = rows[Math.floor(offset / rowHeight)];
    target.current = row?.isDirectory === true ? row : null;
    setTargetId(target.current?.id ?? null);
  };
  const clear = (): void => {
    target.current = null;
    setTargetId(null);
  };
  const { dropProps, isDropTarget } = useDrop({
    ref: scroller,
    isDisabled: !writable,
    getDropOperation: (types, allowed) => {
      const entries = types.has(entriesType);
      if (entries) return allowed.includes('copy') ? 'copy' : (allowed[0] ?? 'cancel');
      return uploads ? 'copy' : 'cancel';
    },
    onDropEnter: ({ y }) => follow(y),
    onDropMove: ({ y }) => follow(y),
    onDropExit: clear,
    onDrop: ({ items, dropOperation }) => {
      const name = target.current?.entry.name;
      clear();
      const to = name === undefined ? place : { ...place, path: resolve(place.path, name) };
      void receive(items, to, dropOperation === 'move');
    },
  });
  return { dropProps: dropProps, isOver: isDropTarget, targetId };
}

async function receive(items: readonly DropItem[], to: Place, move: boolean): Promise<void> {
  for (const item of items) {
    if (item.kind !== 'text' || !item.types.has(entriesType)) continue;
    const { place, entries } = JSON.parse(await item.getText(entriesType)) as DraggedEntries;
    const moved = entries.filter(({ name }) => !isSamePlace(place, name, to));
    await workspace.transfer(place, moved, to, { move });
    return;
  }
  const files = await filesOf(items);
  if (files.length > 0) await startUploads(to, files, 'rename');
  else notify('info', 'There was no file in what you dropped.');
}

/** Dropping an entry where it is, or a directory into itself, does nothing. */
function isSamePlace(from: Place, name: string, to: Place): boolean {
  if (from.connection !== to.connection) return false;
  const path = join(from.path, name);
  return from.path === to.path || to.path === path || to.path.startsWith(`${path}/`);
}

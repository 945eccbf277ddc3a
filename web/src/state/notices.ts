import { createStore } from './store.ts';

/** A short message at the edge of the page. */
export interface Notice {
  readonly id: number;
  readonly kind: 'info' | 'success' | 'error';
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export const notices = createStore<readonly Notice[]>([]);

const shownMs: Readonly<Record<Notice['kind'], number>> = { info: 5000, success: 4000, error: 12_000 };
let nextId = 1;

/** Shows a message for a while; errors stay longer. */
export function notify(kind: Notice['kind'], text: string, action?: Notice['action']): void {
  const id = nextId++;
  const notice = action === undefined ? { id, kind, text } : { id, kind, text, action };
  notices.set([...notices.get().slice(-3), notice]);
  setTimeout(() => dismiss(id), shownMs[kind]);
}

export function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id));
}

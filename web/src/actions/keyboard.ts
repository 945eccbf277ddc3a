import { dialogs } from '../state/dialogs.ts';
import { questions } from '../state/connections.ts';
import { contextNow, isEnabled, type Action } from './action.ts';

const isMac = navigator.platform.startsWith('Mac');

/** `Ctrl+Shift+K` of a key press; Command counts as Ctrl on a Mac. */
export function keysOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const control = isMac ? event.metaKey : event.ctrlKey;
  return [control && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift', key]
    .filter((part) => part !== false)
    .join('+');
}

/** How a shortcut is shown on this system. */
export function showKeys(keys: string): string {
  return isMac
    ? keys.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧')
    : keys.replace('Arrow', '');
}

const typing = 'input, textarea, select, [contenteditable="true"]';

/** Runs the action of every key press that one has, except while somebody writes or a dialog is open. */
export function followKeyboard(actions: readonly Action[]): () => void {
  const byKeys = new Map<string, Action>();
  for (const action of actions) for (const keys of action.keys ?? []) byKeys.set(keys, action);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (dialogs.get().length > 0 || questions.get().length > 0) return;
    const keys = keysOf(event);
    const action = byKeys.get(keys);
    if (action === undefined) return;
    const inField = event.target instanceof Element && event.target.closest(typing) !== null;
    if (inField && !/^(?:F\d+|Ctrl\+[KS,])$/u.test(keys)) return;
    // Text that is marked is copied as text.
    if (keys === 'Ctrl+C' && getSelection()?.isCollapsed === false) return;
    const context = contextNow();
    event.preventDefault();
    event.stopPropagation();
    if (isEnabled(action, context)) void action.run(context);
  };
  // Before the lists hear of it: to them Alt+Enter is Enter.
  window.addEventListener('keydown', onKeyDown, { capture: true });
  return () => window.removeEventListener('keydown', onKeyDown, { capture: true });
}

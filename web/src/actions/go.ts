import {
  ArrowLeft,
  ArrowRight,
  ArrowUp,
  Home,
  PanelLeft,
  PanelRight,
  RefreshCw,
  TextCursorInput,
} from 'lucide-react';
import { workspace } from '../workspace/workspace.ts';
import type { Action, ActionContext } from './action.ts';

const hasTab = ({ tab }: ActionContext): boolean => tab !== null;

/** Brings the keyboard to the list of a side. */
export function focusPane(side: 'left' | 'right'): void {
  workspace.activate(side);
  document.querySelector<HTMLElement>(`[data-pane="${side}"] [role="grid"]`)?.focus();
}

export const goActions: readonly Action[] = [
  {
    id: 'back',
    label: 'Back',
    group: 'Go',
    icon: ArrowLeft,
    keys: ['Alt+ArrowLeft'],
    enabled: ({ tab }) => (tab?.state.get().historyIndex ?? 0) > 0,
    run: ({ tab }) => tab?.travel(-1),
  },
  {
    id: 'forward',
    label: 'Forward',
    group: 'Go',
    icon: ArrowRight,
    keys: ['Alt+ArrowRight'],
    enabled: ({ tab }) => tab !== null && tab.state.get().historyIndex < tab.state.get().history.length - 1,
    run: ({ tab }) => tab?.travel(1),
  },
  {
    id: 'up',
    label: 'Up one directory',
    group: 'Go',
    icon: ArrowUp,
    keys: ['Backspace', 'Alt+ArrowUp'],
    enabled: ({ tab }) => tab !== null && tab.place.path !== '/',
    run: ({ side }) => workspace.goUp(side),
  },
  {
    id: 'home',
    label: 'Home directory',
    group: 'Go',
    icon: Home,
    keys: ['Alt+Home'],
    enabled: hasTab,
    run: ({ side, connection }) => workspace.navigate(side, connection?.home ?? '/'),
  },
  {
    id: 'refresh',
    label: 'Refresh',
    group: 'Go',
    icon: RefreshCw,
    keys: ['Ctrl+R'],
    enabled: hasTab,
    run: ({ tab }) => tab?.refresh(),
  },
  {
    id: 'edit-path',
    label: 'Enter a path',
    group: 'Go',
    icon: TextCursorInput,
    keys: ['Alt+D', 'Ctrl+L'],
    enabled: hasTab,
    run: ({ side }) => document.querySelector<HTMLElement>(`[data-pane="${side}"] .path-edit`)?.click(),
  },
  {
    id: 'left-pane',
    label: 'Go to the left pane',
    group: 'Go',
    icon: PanelLeft,
    keys: ['Alt+1'],
    shown: ({ features }) => features.connections,
    run: () => focusPane('left'),
  },
  {
    id: 'right-pane',
    label: 'Go to the right pane',
    group: 'Go',
    icon: PanelRight,
    keys: ['Alt+2'],
    shown: ({ features }) => features.connections,
    run: () => focusPane('right'),
  },
];

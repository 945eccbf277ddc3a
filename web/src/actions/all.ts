import type { Action } from './action.ts';
import { fileActions } from './file.ts';
import { goActions } from './go.ts';
import { transferActions } from './transfer.ts';
import { viewActions } from './view.ts';

/** Every action of the page; their order is that of menus and of the palette. */
export const actions: readonly Action[] = [...transferActions, ...fileActions, ...goActions, ...viewActions];

const byId = new Map(actions.map((action) => [action.id, action]));

/** The action with this id; toolbars and menus name theirs. */
export function actionById(id: string): Action {
  const action = byId.get(id);
  if (action === undefined) throw new Error(`There is no action ${id}`);
  return action;
}

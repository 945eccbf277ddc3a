import type { ConnectionRecord } from '#protocols/http/contract/page/files.ts';
import { accountConnection, localConnection } from '#protocols/http/contract/page/session.ts';
import { describe } from '../api/call.ts';
import { notify } from '../state/notices.ts';
import { connections } from '../state/connections.ts';
import { readPreferences, preferences, type SavedTab } from '../state/preferences.ts';
import { createStore } from '../state/store.ts';
import { session } from '../state/session.ts';
import { workspace } from '../workspace/workspace.ts';

let restored = false;

/** What was open on the right when the page was left, and is not connected any more. */
export const lastTabs = createStore<readonly SavedTab[]>([]);

/** Opens what was open before, without logging in anywhere unasked: the disk and what is still connected. */
export async function restoreWorkspace(): Promise<void> {
  if (restored) {
    await Promise.all(workspace.tabs().map((tab) => tab.refresh()));
    return;
  }
  restored = true;
  await readPreferences().catch((error: unknown) => notify('error', describe(error)));
  const state = session.get();
  const home = state?.user?.home ?? '/';
  const { tabs } = preferences.get();
  if (state?.mode !== 'local') {
    await workspace.openTab('left', { connection: accountConnection, path: home });
    return;
  }
  const saved = (tabs['left'] ?? []).filter(({ connection }) => connection === localConnection);
  const [first = { path: home }, ...more] = saved;
  await workspace.openTab('left', { connection: localConnection, path: first.path });
  for (const { path } of more) await workspace.openTab('left', { connection: localConnection, path });
  const [opened] = workspace.state.get().left.tabs;
  if (opened !== undefined) workspace.showTab('left', opened.id);
  const right = tabs['right'] ?? [];
  const remote = [...connections.get().values()].filter(
    ({ kind, state: now }) => kind === 'remote' && now === 'ready',
  );
  lastTabs.set(right.filter((tab) => !remote.some((record) => isOf(tab, record))));
  for (const record of remote) {
    const tab = right.find((one) => isOf(one, record));
    await workspace.openTab('right', { connection: record.id, path: tab?.path ?? record.home });
  }
  workspace.activate('left');
}

/** Whether a tab showed this connection. */
function isOf({ connection }: SavedTab, { siteId, address }: ConnectionRecord): boolean {
  if (typeof connection === 'string') return false;
  return 'siteId' in connection ? connection.siteId === siteId : connection.address === address;
}

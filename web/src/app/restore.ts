import { accountConnection, localConnection } from '#protocols/http/contract/page/session.ts';
import { describe } from '../api/call.ts';
import { notify } from '../state/notices.ts';
import { connections } from '../state/connections.ts';
import { readPreferences, preferences } from '../state/preferences.ts';
import { session } from '../state/session.ts';
import { workspace } from '../workspace/workspace.ts';

let restored = false;

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
  for (const record of connections.get().values()) {
    if (record.kind !== 'remote' || record.state !== 'ready') continue;
    const tab = (tabs['right'] ?? []).find(({ connection }) =>
      typeof connection === 'string'
        ? false
        : 'siteId' in connection
          ? connection.siteId === record.siteId
          : connection.address === record.address,
    );
    await workspace.openTab('right', { connection: record.id, path: tab?.path ?? record.home });
  }
  workspace.activate('left');
}

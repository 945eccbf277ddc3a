import { localConnection } from '#protocols/http/contract/page/session.ts';
import type { Bookmark, SiteRecord } from '#protocols/http/contract/page/sites.ts';
import { workspace, type Side } from '../workspace/workspace.ts';

/** Connects to a site, on the right or where asked, and goes where it wants to begin, on both sides. */
export async function openSite(site: SiteRecord, side: Side = 'right'): Promise<void> {
  const path = site.remoteDirectory === '' ? null : site.remoteDirectory;
  workspace.state.patch({ synchronised: false });
  if (
    side === 'right' &&
    site.localDirectory !== '' &&
    workspace.tab('left')?.place.connection === localConnection
  ) {
    await workspace.navigate('left', site.localDirectory);
  }
  await workspace.connect({ siteId: site.id }, { side, path });
  workspace.state.patch({ synchronised: site.synchronisedBrowsing, comparing: site.directoryComparison });
}

/** Goes to a bookmark's directories. */
export async function openBookmark(bookmark: Bookmark): Promise<void> {
  const { localDirectory, remoteDirectory, synchronisedBrowsing, directoryComparison } = bookmark;
  workspace.state.patch({ synchronised: false });
  if (localDirectory !== null) await workspace.navigate('left', localDirectory);
  if (remoteDirectory !== null && workspace.tab('right') !== null) {
    await workspace.navigate('right', remoteDirectory);
  }
  workspace.state.patch({ synchronised: synchronisedBrowsing, comparing: directoryComparison });
}

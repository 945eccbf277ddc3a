import { lazy } from 'react';

/** The menu of the right mouse button, fetched when it is first opened. */
export const ContextMenu = lazy(async () => ({ default: (await import('./action-menu.tsx')).ContextMenu }));

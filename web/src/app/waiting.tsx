import type { ReactNode } from 'react';

/** Shown for the moment until there is something to show. */
export function Waiting(): ReactNode {
  return (
    <main className="waiting" aria-busy="true">
      <span className="waiting-mark" aria-hidden="true" />
      <span className="visually-hidden">Loading</span>
    </main>
  );
}

import type { ReactNode } from 'react';

/** The sign of wherry: a small boat that carries things across. */
export function Mark({ size = 26 }: { readonly size?: number }): ReactNode {
  return (
    <svg className="mark" viewBox="0 0 32 32" width={size} height={size} role="img" aria-label="wherry">
      <rect width="32" height="32" rx="8" className="mark-ground" />
      <path d="M5 19h22l-3.6 6.2a2 2 0 0 1-1.700 1H10.300a2 2 0 0 1-1.700-1z" className="mark-hull" />
      <path d="M15 5.500v12H7.200z" className="mark-jib" />
      <path d="M17 8v9.500h7.200z" className="mark-hull" />
    </svg>
  );
}

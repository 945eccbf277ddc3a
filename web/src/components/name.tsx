import type { ReactNode } from 'react';
import { namePartsOf } from '../model/display-name.ts';

/** A file name that cannot reach beyond itself: its writing direction is its own, and what deceives is spelled out. */
export function Name({ children }: { readonly children: string }): ReactNode {
  const parts = namePartsOf(children);
  return (
    <bdi className="name">
      {parts.map(({ text, escaped }, index) =>
        escaped ? (
          <span key={index} className="name-escape">
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}

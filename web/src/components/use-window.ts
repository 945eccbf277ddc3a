import { useCallback, useEffect, useState, type RefObject } from 'react';

interface WindowOptions {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly count: number;
  /** All rows are of this height in CSS pixels. */
  readonly rowHeight: number;
  /** Rows drawn beyond what is in sight, on each side. */
  readonly ahead: number;
}

interface RowWindow {
  /** Indexes of the first row to draw and of the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Brings a row into sight, with as little movement as that takes, or into the middle. */
  readonly scrollTo: (index: number, align?: 'nearest' | 'middle') => void;
}

/**
 * Which rows of a scrolled list are in sight. Rows of one height need no measuring and no memory: the cost is that of
 * a division, whether there are ten of them or a million.
 */
export function useWindow({ scroller, count, rowHeight, ahead }: WindowOptions): RowWindow {
  const [seen, setSeen] = useState({ first: 0, rows: 40 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = (): void => {
      const first = Math.floor(element.scrollTop / rowHeight);
      const rows = Math.ceil(element.clientHeight / rowHeight) + 1;
      setSeen((before) => (before.first === first && before.rows === rows ? before : { first, rows }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [scroller, rowHeight]);
  const scrollTo = useCallback(
    (index: number, align: 'nearest' | 'middle' = 'nearest') => {
      const element = scroller.current;
      if (element === null) return;
      const top = index * rowHeight;
      const height = element.clientHeight;
      if (align === 'middle') element.scrollTop = top - (height - rowHeight) / 2;
      else if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeight > element.scrollTop + height) element.scrollTop = top + rowHeight - height;
    },
    [scroller, rowHeight],
  );
  // A list that became shorter is scrolled back by the browser only after it is drawn.
  const first = Math.max(0, Math.min(seen.first, count - seen.rows) - ahead);
  return {
    first,
    end: Math.min(count, Math.min(seen.first, Math.max(0, count - seen.rows)) + seen.rows + ahead),
    scrollTo,
  };
}

import { useEffect, useState, type RefObject } from 'react';

/** Steps in which a width is told, so that dragging a splitter does not draw everything anew for each point. */
const stepPoints = 10;

/** The width of an element in CSS pixels, rounded down to a step; 0 until it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor((entry?.contentRect.width ?? 0) / stepPoints) * stepPoints);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

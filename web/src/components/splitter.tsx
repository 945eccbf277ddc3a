import { useMove } from 'react-aria';
import { useRef, type ReactNode, type RefObject } from 'react';

interface SplitterProps {
  readonly label: string;
  /** The line's own: a vertical one divides left from right. */
  readonly orientation: 'vertical' | 'horizontal';
  /** The share of what is before it, 0 to 1. */
  readonly value: number;
  readonly container: RefObject<HTMLElement | null>;
  readonly onChange: (share: number) => void;
}

const least = 0.15;

/** A line between two parts that is dragged, or moved by the arrow keys. */
export function Splitter({ label, orientation, value, container, onChange }: SplitterProps): ReactNode {
  const current = useRef(value);
  current.current = value;
  const vertical = orientation === 'vertical';
  const { moveProps } = useMove({
    onMove({ deltaX, deltaY, pointerType }) {
      const extent = (vertical ? container.current?.clientWidth : container.current?.clientHeight) ?? 1;
      const step = pointerType === 'keyboard' ? 16 : 1;
      const share = current.current + ((vertical ? deltaX : deltaY) * step) / extent;
      onChange(Math.max(least, Math.min(1 - least, share)));
    },
  });
  return (
    <div
      {...moveProps}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(value * 100)}
      aria-valuemin={least * 100}
      aria-valuemax={(1 - least) * 100}
      className={`splitter ${orientation}`}
    />
  );
}

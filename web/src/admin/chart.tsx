import type { ReactNode } from 'react';

interface ChartProps {
  readonly label: string;
  /** Oldest first. */
  readonly values: readonly number[];
  readonly format: (value: number) => string;
}

const width = 300;
const height = 72;

/** A line over time with the ground below it; its newest value stands beside it in words. */
export function Chart({ label, values, format }: ChartProps): ReactNode {
  const highest = Math.max(1, ...values);
  const step = width / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(height - (value / highest) * (height - 4)).toFixed(1)}`,
  );
  const now = values.at(-1) ?? 0;
  return (
    <figure className="chart">
      <figcaption>
        <span>{label}</span>
        <strong>{format(now)}</strong>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: now ${format(now)}, at most ${format(Math.max(0, ...values))}`}
      >
        {values.length > 1 && (
          <>
            <polygon points={`0,${height} ${points.join(' ')} ${width},${height}`} className="chart-ground" />
            <polyline points={points.join(' ')} className="chart-line" />
          </>
        )}
      </svg>
    </figure>
  );
}

import type { ReactNode } from 'react';

interface ProgressProps {
  readonly label: string;
  /** 0 to 1; null while nothing is known. */
  readonly value: number | null;
  readonly tone?: 'good' | 'bad';
}

/** A thin bar that fills. */
export function Progress({ label, value, tone }: ProgressProps): ReactNode {
  const share = value === null ? null : Math.max(0, Math.min(1, value));
  return (
    <span
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share === null ? {} : { 'aria-valuenow': Math.round(share * 100) })}
      className={`progress ${tone ?? ''} ${share === null ? 'unknown' : ''}`}
    >
      <span className="progress-fill" style={{ transform: `scaleX(${share ?? 0.35})` }} />
    </span>
  );
}

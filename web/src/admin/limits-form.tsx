import type { ReactNode } from 'react';
import type { User, UserChanges } from '#protocols/http/contract/admin/records.ts';
import { TextField } from '../components/fields.tsx';

type Limits = NonNullable<User['limits']>;

interface LimitsFormProps {
  readonly limits: Limits | null;
  readonly onChange: (limits: NonNullable<UserChanges['limits']>) => void;
}

const mebi = 1024 * 1024;
const kibi = 1024;
const minuteMs = 60_000;

/** A limit as a field: where it is kept, what people call it, and how much of it one unit is. */
interface LimitField {
  readonly label: string;
  readonly unit: number;
  readonly read: (limits: Limits) => number | null | undefined;
  readonly write: (limits: Limits, value: number | null) => Limits;
}

const plain = (
  key: 'quotaBytes' | 'quotaFiles' | 'largestFileBytes' | 'sessions' | 'sessionsPerAddress' | 'idleTimeoutMs',
  label: string,
  unit = 1,
): LimitField => ({
  label,
  unit,
  read: (limits) => limits[key],
  write: (limits, value) => ({ ...limits, [key]: value }),
});

const speed = (key: 'uploadBytesPerSecond' | 'downloadBytesPerSecond', label: string): LimitField => ({
  label,
  unit: kibi,
  read: ({ accountSpeed }) => accountSpeed?.[key],
  write: (limits, value) => ({ ...limits, accountSpeed: { ...limits.accountSpeed, [key]: value } }),
});

const fields: readonly LimitField[] = [
  plain('quotaBytes', 'Quota (MiB)', mebi),
  plain('quotaFiles', 'Quota (files)'),
  plain('largestFileBytes', 'Largest file (MiB)', mebi),
  plain('sessions', 'Sessions at the same time'),
  plain('sessionsPerAddress', 'Sessions from one address'),
  speed('downloadBytesPerSecond', 'Download speed of all sessions (KiB/s)'),
  speed('uploadBytesPerSecond', 'Upload speed of all sessions (KiB/s)'),
  plain('idleTimeoutMs', 'Ends when idle for (minutes)', minuteMs),
];

/** What an account may use up; empty is no limit of its own. */
export function LimitsForm({ limits, onChange }: LimitsFormProps): ReactNode {
  const now = limits ?? {};
  return (
    <div className="form-grid">
      {fields.map(({ label, unit, read, write }) => {
        const value = read(now) ?? null;
        return (
          <TextField
            key={label}
            label={label}
            inputMode="numeric"
            placeholder="no limit"
            value={value === null ? '' : String(Math.round(value / unit))}
            onChange={(text) => {
              const digits = text.replaceAll(/\D/gu, '');
              onChange(write(now, digits === '' ? null : Number(digits) * unit));
            }}
          />
        );
      })}
    </div>
  );
}

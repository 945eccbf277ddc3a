import { ChevronDown, ChevronUp, Pause, Play, RotateCcw, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { IconButton } from '../components/button.tsx';
import { Name } from '../components/name.tsx';
import { Progress } from '../components/progress.tsx';
import { displayName } from '../model/display-name.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../model/format.ts';
import { useStore } from '../state/store.ts';
import { pauseUpload, removeUpload, resumeUpload, uploads, type UploadRecord } from '../uploads/uploads.ts';

/** Rows drawn at once; the others are counted. */
const shownUploads = 60;

/** Files on their way up, with their progress; failed ones go on where they were. */
export function UploadTray(): ReactNode {
  const all = useStore(uploads);
  const [open, setOpen] = useState(true);
  if (all.length === 0) return null;
  const done = all.filter(({ state }) => state === 'done').length;
  const total = all.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  const sent = all.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
  const rate = all.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
  const unfinished = all.filter(({ state }) => state !== 'done');
  const rows = [...unfinished, ...all.filter(({ state }) => state === 'done')].slice(0, shownUploads);
  return (
    <section className="upload-tray" aria-label="Uploads">
      <header>
        <strong>
          {done === all.length
            ? `${formatCount(done, 'file')} uploaded`
            : `Uploading ${done} of ${all.length}`}
        </strong>
        <span className="quiet">
          {rate > 0 ? `${formatRate(rate)} · ${formatDuration((total - sent) / rate)} left` : ''}
        </span>
        <IconButton
          icon={open ? ChevronDown : ChevronUp}
          label={open ? 'Fold' : 'Unfold'}
          onPress={() => setOpen(!open)}
        />
        <IconButton
          icon={X}
          label="Clear what is done"
          onPress={() => {
            for (const { id, state } of all) if (state === 'done') void removeUpload(id);
          }}
        />
      </header>
      <Progress label="All uploads" value={total === 0 ? 1 : sent / total} />
      {open && (
        <ul>
          {rows.map((record) => (
            <UploadRow key={record.id} record={record} />
          ))}
          {all.length > rows.length && (
            <li className="quiet">and {formatCount(all.length - rows.length, 'more file', 'more files')}</li>
          )}
        </ul>
      )}
    </section>
  );
}

function UploadRow({ record }: { readonly record: UploadRecord }): ReactNode {
  const { id, name, state, totalBytes, doneBytes, error } = record;
  return (
    <li className={`upload-row ${state}`}>
      <span className="upload-name">
        <Name>{name}</Name>
        <span className="quiet">{error ?? `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`}</span>
      </span>
      <Progress
        label={`Upload of ${displayName(name)}`}
        value={totalBytes === 0 ? 1 : doneBytes / totalBytes}
        {...(state === 'done'
          ? { tone: 'good' as const }
          : state === 'failed'
            ? { tone: 'bad' as const }
            : {})}
      />
      {(state === 'active' || state === 'waiting') && (
        <IconButton icon={Pause} label="Pause" onPress={() => void pauseUpload(id)} />
      )}
      {state === 'paused' && <IconButton icon={Play} label="Go on" onPress={() => void resumeUpload(id)} />}
      {state === 'failed' && (
        <IconButton icon={RotateCcw} label="Try again" onPress={() => void resumeUpload(id)} />
      )}
      <IconButton icon={X} label="Remove" onPress={() => void removeUpload(id)} />
    </li>
  );
}

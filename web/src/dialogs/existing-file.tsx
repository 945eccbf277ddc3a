import { ArrowRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { existingFileChoices, type ExistingFileChoice } from '#protocols/http/contract/page/queue.ts';
import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import type { ExistingFileQuestion, QuestionAnswer } from '#protocols/http/contract/page/trust.ts';
import { Button } from '../components/button.tsx';
import { Checkbox, Choice, TextField } from '../components/fields.tsx';
import { FileIcon } from '../components/file-icon.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { formatBytes, formatExactBytes, formatTime } from '../model/format.ts';
import { parentOf } from '../model/paths.ts';
import { answer } from '../state/connections.ts';

/** The seven choices as they are told; FileZilla's own. */
export const existingTexts: Readonly<Record<ExistingFileChoice, string>> = {
  overwrite: 'Overwrite',
  'overwrite-if-newer': 'Overwrite if the source is newer',
  'overwrite-if-different-size': 'Overwrite if the size differs',
  'overwrite-if-different-size-or-newer': 'Overwrite if the size differs or the source is newer',
  resume: 'Resume where the target ends',
  rename: 'Keep both, under another name',
  skip: 'Skip',
};

type Always = Extract<QuestionAnswer, { answer: 'existing-file' }>['always'];

/** The target of a transfer exists: both files side by side, and what shall become of it. */
export function ExistingFileDialog({ question }: { readonly question: ExistingFileQuestion }): ReactNode {
  const { source, target, transfer, resumable } = question;
  const [choice, setChoice] = useState<ExistingFileChoice>('overwrite');
  const [newName, setNewName] = useState(() => freshName(target.name));
  const [always, setAlways] = useState<Always>('no');
  const [asDefault, setAsDefault] = useState(false);
  const skip = (): void =>
    void answer(question, { answer: 'existing-file', choice: 'skip', always: 'no', asDefault: false });
  const send = (): void =>
    void answer(question, {
      answer: 'existing-file',
      choice,
      always,
      asDefault,
      ...(choice === 'rename' ? { newName } : {}),
    });
  const direction =
    transfer.direction === 'upload' ? 'uploads' : transfer.direction === 'download' ? 'downloads' : 'copies';
  return (
    <Modal
      insistent
      title="The target exists"
      close={skip}
      footer={
        <>
          <Button onPress={skip}>Skip this file</Button>
          <Button kind="primary" onPress={send} autoFocus>
            Go on
          </Button>
        </>
      }
    >
      <div className="versus">
        <FileCard
          title="Source"
          place={transfer.sourceLabel}
          path={parentOf(transfer.source.path)}
          entry={source}
          other={target}
        />
        <ArrowRight aria-hidden="true" size={18} />
        <FileCard
          title="Target"
          place={transfer.targetLabel}
          path={parentOf(transfer.target.path)}
          entry={target}
          other={source}
        />
      </div>
      <RadioGroup
        className="radios"
        aria-label="What to do"
        value={choice}
        onChange={(value) => setChoice(value as ExistingFileChoice)}
      >
        {existingFileChoices.map((one) => (
          <Radio key={one} value={one} className="radio" isDisabled={one === 'resume' && !resumable}>
            <span className="radio-dot" aria-hidden="true" />
            {existingTexts[one]}
          </Radio>
        ))}
      </RadioGroup>
      {choice === 'rename' && <TextField label="New name" value={newName} onChange={setNewName} />}
      <Choice
        label="For further files that exist"
        value={always}
        options={{
          no: 'Ask again',
          queue: 'Always do this, in this queue',
          direction: `Always do this, for ${direction}`,
        }}
        onChange={setAlways}
      />
      <Checkbox isSelected={asDefault} onChange={setAsDefault}>
        Make it the default for the future
      </Checkbox>
    </Modal>
  );
}

interface FileCardProps {
  readonly title: string;
  readonly place: string;
  readonly path: string;
  readonly entry: EntryRecord;
  readonly other: EntryRecord;
}

function FileCard({ title, place, path, entry, other }: FileCardProps): ReactNode {
  const newer = (entry.modifiedAt ?? 0) > (other.modifiedAt ?? 0);
  const larger = (entry.size ?? 0) > (other.size ?? 0);
  return (
    <div className="file-card">
      <span className="group-label">
        {title} · {place}
      </span>
      <span className="entry-name">
        <FileIcon entry={entry} />
        <Name>{entry.name}</Name>
      </span>
      <span className="quiet">
        <Name>{path}</Name>
      </span>
      {entry.size !== undefined && (
        <span title={formatExactBytes(entry.size)}>
          {formatBytes(entry.size)}
          {larger && <em> larger</em>}
        </span>
      )}
      {entry.modifiedAt !== undefined && (
        <span>
          {formatTime(entry.modifiedAt, entry.modifiedPrecision)}
          {newer && <em> newer</em>}
        </span>
      )}
    </div>
  );
}

/** `offer.pdf` becomes `offer (2).pdf`. */
function freshName(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (2)${name.slice(dot)}` : `${name} (2)`;
}

import { useEffect, useRef, useState } from 'react';
import type { TextFile } from '#protocols/http/contract/page/files.ts';
import { call, describe, PageError } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { nameOf, parentOf } from '../model/paths.ts';
import { notify } from '../state/notices.ts';
import { leaveUnsaved, type DialogComponent } from '../state/dialogs.ts';
import { workspace } from '../workspace/workspace.ts';
import type { CodeView } from './code-view.ts';

const encodings: Readonly<Record<TextFile['encoding'], string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'windows-1252': 'Windows-1252',
};

/** A text file in an editor; it is written back only over the version that was opened, unless somebody insists. */
export const EditorDialog: DialogComponent<'editor'> = ({ place, close }) => {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<CodeView | null>(null);
  const [file, setFile] = useState<TextFile | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [dirty, setDirty] = useState(false);
  const [conflict, setConflict] = useState(false);
  const name = nameOf(place.path);

  useEffect(() => {
    let open = true;
    void (async () => {
      try {
        const [text, { openCodeView }] = await Promise.all([
          call('POST /files/text', { body: place }),
          import('./code-view.ts'),
        ]);
        if (!open || host.current === null) return;
        setFile(text);
        view.current = await openCodeView(host.current, {
          text: text.text,
          name,
          readOnly: !text.writable,
          onChange: () => setDirty(true),
          onSave: () => document.querySelector<HTMLElement>('[data-save]')?.click(),
        });
      } catch (error) {
        if (open) setProblem(describe(error));
      }
    })();
    return () => {
      open = false;
      view.current?.close();
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- an open editor keeps its file
  }, [place.connection, place.path]);

  const save = async (force: boolean): Promise<void> => {
    if (file === null || view.current === null) return;
    const { encoding, byteOrderMark, lineEnding, version } = file;
    const text = view.current.text();
    try {
      const saved = await call('PUT /files/text', {
        body: { ...place, text, encoding, byteOrderMark, lineEnding, ...(force ? {} : { version }) },
      });
      setFile({ ...file, version: saved.version });
      setDirty(view.current.text() !== text);
      setConflict(false);
      notify('success', 'Saved.');
      // The button that was pressed can be pressed no more, and would take the focus with it.
      view.current.focus();
      void workspace.refresh({ connection: place.connection, path: parentOf(place.path) });
    } catch (error) {
      if (error instanceof PageError && error.failure.code === 'busy') setConflict(true);
      else notify('error', describe(error));
    }
  };
  const leave = (): void => leaveUnsaved(dirty ? `“${name}”` : null, close);
  return (
    <Modal
      title={
        <>
          <Name>{name}</Name>
          {dirty && <span className="quiet"> · changed</span>}
        </>
      }
      close={leave}
      size="full"
      className="editor"
      insistent
      footer={
        <>
          <span className="start quiet">
            {file !== null &&
              [encodings[file.encoding], file.lineEnding.toUpperCase(), file.writable ? null : 'read-only']
                .filter((part) => part !== null)
                .join(' · ')}
          </span>
          <Button onPress={leave}>Close</Button>
          {file?.writable === true && (
            <Button kind="primary" data-save="" isDisabled={!dirty} onPress={() => void save(false)}>
              Save
            </Button>
          )}
        </>
      }
    >
      {problem !== null && <p className="failure">{problem}</p>}
      {conflict && (
        <div className="callout warn" role="alert">
          <p>Somebody else has changed the file since you opened it.</p>
          <Button onPress={() => void save(true)}>Overwrite their version</Button>
        </div>
      )}
      <div className="code-host" ref={host} />
    </Modal>
  );
};

import { ChevronLeft, ChevronRight, Download } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { Place } from '#protocols/http/contract/page/common.ts';
import { call, describe } from '../api/call.ts';
import { IconButton } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { displayName } from '../model/display-name.ts';
import { kindOf } from '../model/file-kind.ts';
import { formatCount } from '../model/format.ts';
import { join, nameOf, parentOf } from '../model/paths.ts';
import type { DialogComponent } from '../state/dialogs.ts';

/** A picture, a film, a sound or a PDF, with its neighbours one key press away. */
export const PreviewDialog: DialogComponent<'preview'> = ({ place, siblings, close }) => {
  const [path, setPath] = useState(place.path);
  const name = nameOf(path);
  const index = siblings.findIndex((entry) => entry.name === name);
  const step = (by: number): void => {
    const next = siblings[index + by];
    if (next !== undefined) setPath(join(parentOf(path), next.name));
  };
  useEffect(() => {
    const onKeyDown = ({ key }: KeyboardEvent): void => {
      if (key === 'ArrowLeft') step(-1);
      if (key === 'ArrowRight') step(1);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
  return (
    <Modal title={<Name>{name}</Name>} close={close} size="full" className="preview">
      <div className="preview-stage">
        <IconButton icon={ChevronLeft} label="Previous" isDisabled={index <= 0} onPress={() => step(-1)} />
        <Stage key={path} place={{ ...place, path }} />
        <IconButton
          icon={ChevronRight}
          label="Next"
          isDisabled={index >= siblings.length - 1}
          onPress={() => step(1)}
        />
      </div>
      <p className="quiet preview-foot">
        {index + 1} of {formatCount(siblings.length, 'file')}
      </p>
    </Modal>
  );
};

function Stage({ place }: { readonly place: Place }): ReactNode {
  const [url, setUrl] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const name = nameOf(place.path);
  const kind = kindOf({ name, type: 'file' });
  useEffect(() => {
    let shown = true;
    call('POST /files/ticket', {
      body: { connection: place.connection, paths: [place.path], disposition: 'inline' },
    }).then(
      (ticket) => shown && setUrl(ticket.url),
      (error: unknown) => shown && setProblem(describe(error)),
    );
    return () => {
      shown = false;
    };
  }, [place.connection, place.path]);
  if (problem !== null) return <p className="failure">{problem}</p>;
  if (url === null) return <span className="spinner" />;
  const failed = (): void => setProblem('The browser cannot show this file. Download it to look at it.');
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- these are files of somebody, not films of ours
  if (kind === 'video') return <video src={url} controls autoPlay onError={failed} />;
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  if (kind === 'sound') return <audio src={url} controls autoPlay onError={failed} />;
  if (kind === 'pdf') {
    return (
      <p>
        <a href={url} target="_blank" rel="noreferrer">
          <Download aria-hidden="true" size={16} /> Open the PDF in a tab of its own
        </a>
      </p>
    );
  }
  return <img src={url} alt={displayName(name)} onError={failed} />;
}

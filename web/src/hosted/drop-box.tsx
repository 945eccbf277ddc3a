import { Upload } from 'lucide-react';
import { useRef, type ReactNode } from 'react';
import { useDrop } from 'react-aria';
import { accountConnection, type SessionUser } from '#protocols/http/contract/page/session.ts';
import type { Place } from '#protocols/http/contract/page/common.ts';
import { Button } from '../components/button.tsx';
import { Mark } from '../components/mark.tsx';
import { Name } from '../components/name.tsx';
import { notify } from '../state/notices.ts';
import { chooseFiles, filesOf } from '../uploads/choose-files.ts';
import { startUploads } from '../uploads/uploads.ts';
import { UploadTray } from './upload-tray.tsx';

const target: Place = { connection: accountConnection, path: '/' };

/** What a link shows that only takes files: nothing of what is there, and all of what is brought now. */
export function DropBox({ user, title }: { readonly user: SessionUser; readonly title: string }): ReactNode {
  const box = useRef<HTMLElement>(null);
  const { dropProps, isDropTarget } = useDrop({
    ref: box,
    getDropOperation: () => 'copy',
    onDrop: ({ items }) =>
      void filesOf(items).then((files) =>
        files.length > 0
          ? startUploads(target, files, 'rename')
          : notify('info', 'There was no file in what you dropped.'),
      ),
  });
  return (
    <div className="shell hosted">
      <header className="toolbar">
        <Mark />
        <h1 className="hosted-title">{title}</h1>
      </header>
      <main {...dropProps} ref={box} className={`drop-box ${isDropTarget ? 'over' : ''}`}>
        <span className="problem-icon" aria-hidden="true">
          <Upload />
        </span>
        <h2>
          Bring files to <Name>{user.name}</Name>
        </h2>
        <p>
          They go to{' '}
          <strong>
            <Name>{user.share ?? ''}</Name>
          </strong>
          . Nobody who has the link sees what was brought, and nothing is replaced.
        </p>
        <Button kind="primary" icon={Upload} onPress={() => chooseFiles(target)}>
          Choose files
        </Button>
        <p className="quiet drop-hint">or drop files and folders here</p>
      </main>
      <UploadTray />
    </div>
  );
}

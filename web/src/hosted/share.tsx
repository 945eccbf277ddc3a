import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Copy, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { ShareRecord, ShareRequest } from '#protocols/http/contract/page/shares.ts';
import { call, describe } from '../api/call.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Choice, TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { formatCount, formatTime } from '../model/format.ts';
import { nameOf } from '../model/paths.ts';
import { notify } from '../state/notices.ts';
import type { DialogComponent } from '../state/dialogs.ts';

const access: Readonly<Record<ShareRequest['access'], string>> = {
  read: 'Look and download',
  'upload-only': 'Only bring files, see nothing',
  'read-and-upload': 'Download and bring files',
};
const lifetimes = {
  '1': 'One day',
  '7': 'A week',
  '30': 'A month',
  '365': 'A year',
  never: 'No end',
} as const;
const dayMs = 86_400_000;

/** Makes a link for somebody without an account, and shows those that are there. */
export const ShareDialog: DialogComponent<'share'> = ({ path, isFile = false, close }) => {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: ['shares'],
    queryFn: ({ signal }) => call('GET /shares', { signal }),
  });
  const [mayDo, setMayDo] = useState<ShareRequest['access']>('read');
  const [password, setPassword] = useState('');
  const [lifetime, setLifetime] = useState<keyof typeof lifetimes>('7');
  const [uses, setUses] = useState('');
  const [note, setNote] = useState('');
  const [made, setMade] = useState<ShareRecord | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      await client.invalidateQueries({ queryKey: ['shares'] });
    } catch (error) {
      notify('error', describe(error));
    }
  };
  const make = (): Promise<void> =>
    run(async () => {
      if (path === null) return;
      const body: ShareRequest = {
        path,
        access: mayDo,
        password: password === '' ? null : password,
        expiresAt: lifetime === 'never' ? null : Date.now() + Number(lifetime) * dayMs,
        maximumUses: uses === '' ? null : Number(uses),
        note,
      };
      setMade(await call('POST /shares', { body }));
    });
  const shares = (data?.shares ?? []).filter((share) => path === null || share.path === path);
  return (
    <Modal
      title={path === null ? 'Shared links' : <>Share {<Name>{nameOf(path) || '/'}</Name>}</>}
      close={close}
      footer={
        <>
          <Button onPress={close}>Close</Button>
          {path !== null && (
            <Button kind="primary" onPress={() => void make()}>
              Make a link
            </Button>
          )}
        </>
      }
    >
      {path !== null && (
        <div className="form-grid">
          {!isFile && (
            <Choice label="Who has the link may" value={mayDo} options={access} onChange={setMayDo} />
          )}
          <Choice label="It works for" value={lifetime} options={lifetimes} onChange={setLifetime} />
          <TextField
            label="Password"
            type="password"
            autoComplete="new-password"
            placeholder="none"
            value={password}
            onChange={setPassword}
          />
          <TextField
            label="Times it can be used"
            placeholder="no limit"
            value={uses}
            onChange={(text) => setUses(text.replaceAll(/\D/gu, ''))}
          />
          <TextField label="Note for yourself" value={note} onChange={setNote} />
        </div>
      )}
      {made?.url !== null && made !== null && <NewLink url={made.url} />}
      {shares.length > 0 && (
        <ul className="card-list">
          {shares.map((share) => (
            <ShareLine
              key={share.id}
              share={share}
              onRemove={() => void run(() => call('DELETE /shares/:share', { params: { share: share.id } }))}
            />
          ))}
        </ul>
      )}
    </Modal>
  );
};

function NewLink({ url }: { readonly url: string }): ReactNode {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(url);
    notify('success', 'The link is copied.');
  };
  return (
    <div className="callout good">
      <code className="fingerprint">{url}</code>
      <Button icon={Copy} onPress={() => void copy()}>
        Copy
      </Button>
    </div>
  );
}

function ShareLine({
  share,
  onRemove,
}: {
  readonly share: ShareRecord;
  readonly onRemove: () => void;
}): ReactNode {
  const facts = [
    access[share.access],
    share.hasPassword ? 'with a password' : null,
    share.expiresAt === null ? 'no end' : `until ${formatTime(share.expiresAt)}`,
    share.usesLeft === null ? null : `${formatCount(share.usesLeft, 'use')} left`,
    share.note === '' ? null : share.note,
  ].filter((part) => part !== null);
  return (
    <li>
      <div className="card-main">
        <strong>
          <Name>{share.path}</Name>
        </strong>
        <span className="quiet">{facts.join(' · ')}</span>
      </div>
      <IconButton icon={Trash2} label="Take the link back" onPress={onRemove} />
    </li>
  );
}

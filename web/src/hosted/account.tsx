import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Fingerprint, Share2, Trash2 } from 'lucide-react';
import { call, describe } from '../api/call.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { formatTime } from '../model/format.ts';
import { openDialog, type DialogComponent } from '../state/dialogs.ts';
import { notify } from '../state/notices.ts';
import { session } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { makePasskey } from './passkeys.ts';

/** The account's own passkeys and links. */
export const AccountDialog: DialogComponent<'account'> = ({ close }) => {
  const client = useQueryClient();
  const state = useStore(session);
  const passkeys = state?.features.passkeys ?? false;
  const { data } = useQuery({
    queryKey: ['passkeys'],
    queryFn: ({ signal }) => call('GET /passkeys', { signal }),
    enabled: passkeys,
  });
  const run = (work: Promise<unknown>): void => {
    work.then(
      () => client.invalidateQueries({ queryKey: ['passkeys'] }),
      (error: unknown) => notify('error', describe(error)),
    );
  };
  return (
    <Modal
      title={<Name>{state?.user?.name ?? 'Account'}</Name>}
      close={close}
      footer={<Button onPress={close}>Close</Button>}
    >
      {state?.features.shares === true && (
        <Button icon={Share2} onPress={() => openDialog('share', { path: null })}>
          Links you have shared
        </Button>
      )}
      {passkeys && (
        <section className="form">
          <h3>Passkeys</h3>
          <ul className="card-list">
            {(data?.passkeys ?? []).map(({ id, name, createdAt }) => (
              <li key={id}>
                <Fingerprint aria-hidden="true" size={16} />
                <div className="card-main">
                  <strong>{name}</strong>
                  <span className="quiet">since {formatTime(createdAt, 'day')}</span>
                </div>
                <IconButton
                  icon={Trash2}
                  label={`Remove ${name}`}
                  onPress={() => run(call('DELETE /passkeys/:passkey', { params: { passkey: id } }))}
                />
              </li>
            ))}
          </ul>
          <Button
            icon={Fingerprint}
            onPress={() =>
              openDialog('prompt', {
                title: 'New passkey',
                label: 'A name for this device',
                value: '',
                confirm: 'Make passkey',
                onConfirm: (name) => run(makePasskey(name)),
              })
            }
          >
            Add a passkey of this device
          </Button>
        </section>
      )}
    </Modal>
  );
};

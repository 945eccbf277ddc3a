import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { SiteStore } from '#protocols/http/contract/page/sites.ts';
import { call, describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { Form } from '../dialogs/small.tsx';
import { notify } from '../state/notices.ts';

interface MasterPasswordProps {
  readonly protection: SiteStore['protection'];
  readonly close: () => void;
}

/** Sets, changes, removes or asks for the password that seals those of the sites. */
export function MasterPassword({ protection, close }: MasterPasswordProps): ReactNode {
  const client = useQueryClient();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const locked = protection === 'locked';
  const differs = fresh !== again && again !== '';
  const run = async (work: () => Promise<SiteStore>): Promise<void> => {
    try {
      client.setQueryData(['sites'], await work());
      close();
    } catch (error) {
      notify('error', describe(error));
    }
  };
  const set = (): Promise<void> =>
    run(() =>
      call('PUT /sites/master-password', {
        body: { old: protection === 'none' ? null : old, new: fresh === '' ? null : fresh },
      }),
    );
  const unlock = (): Promise<void> => run(() => call('POST /sites/unlock', { body: { password: old } }));
  return (
    <Modal
      size="small"
      title={locked ? 'Unlock the saved sites' : 'Master password'}
      close={close}
      footer={
        <>
          {protection === 'unlocked' && (
            <Button onPress={() => void run(() => call('POST /sites/lock'))}>Lock now</Button>
          )}
          <Button
            kind="primary"
            isDisabled={locked ? old === '' : fresh !== again}
            onPress={() => void (locked ? unlock() : set())}
          >
            {locked ? 'Unlock' : fresh === '' && protection !== 'none' ? 'Remove it' : 'Set it'}
          </Button>
        </>
      }
    >
      <Form onSubmit={() => void (locked ? unlock() : set())}>
        {protection !== 'none' && (
          <TextField label="Master password" type="password" value={old} onChange={setOld} autoFocus />
        )}
        {!locked && (
          <>
            <p className="quiet">
              It seals the passwords of all sites. Nobody can bring it back when it is forgotten.
            </p>
            <TextField label="New master password" type="password" value={fresh} onChange={setFresh} />
            <TextField
              label="Once more"
              type="password"
              value={again}
              onChange={setAgain}
              error={differs ? 'The two are not the same.' : undefined}
            />
          </>
        )}
      </Form>
    </Modal>
  );
}

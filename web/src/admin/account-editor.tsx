import { useState, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { User, UserChanges } from '#protocols/http/contract/admin/records.ts';
import { Button } from '../components/button.tsx';
import { Checkbox, Choice, ListField, TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { leaveUnsaved } from '../state/dialogs.ts';
import { AccountKeys } from './account-keys.tsx';
import { callAdmin } from './call-admin.ts';
import { Explain } from './explain.tsx';
import { LimitsForm } from './limits-form.tsx';
import { Rules } from './rules.tsx';
import { useChange } from './use-admin.ts';

interface AccountEditorProps {
  /** Null for an account that is to be made. */
  readonly user: User | null;
  readonly close: () => void;
}

const rights = { default: 'As the groups say', none: 'None', r: 'Read', rw: 'Read and write' } as const;

/** One account: who it is, what it may, how it logs in, and why. */
export function AccountEditor({ user, close }: AccountEditorProps): ReactNode {
  const [name, setName] = useState(user?.name ?? '');
  const [changes, setChanges] = useState<UserChanges>({});
  const change = useChange();
  const now = { ...user, ...changes };
  const put = (fields: UserChanges): void => setChanges((before) => ({ ...before, ...fields }));
  const save = async (): Promise<void> => {
    const done = await change(
      () =>
        user === null
          ? callAdmin('POST /users', { body: { name, ...changes } })
          : callAdmin('PATCH /users/:name', { params: { name: user.name }, body: changes }),
      user === null ? 'The account is made.' : 'Saved.',
    );
    if (done) close();
  };
  const isUntouched = name === (user?.name ?? '') && Object.keys(changes).length === 0;
  const leave = (): void => leaveUnsaved(isUntouched ? null : 'this account', close);
  return (
    <Modal
      title={user === null ? 'New account' : <Name>{user.name}</Name>}
      close={leave}
      size="large"
      footer={
        <>
          <Button onPress={leave}>Cancel</Button>
          <Button kind="primary" isDisabled={name === '' || isUntouched} onPress={() => void save()}>
            {user === null ? 'Make account' : 'Save'}
          </Button>
        </>
      }
    >
      <Tabs className="sections">
        <TabList aria-label="Parts of the account" className="bottom-tabs">
          <Tab id="account">Account</Tab>
          <Tab id="rules">Rights by path</Tab>
          <Tab id="limits">Limits</Tab>
          {user !== null && <Tab id="keys">Keys and codes</Tab>}
          {user !== null && <Tab id="explain">Explain</Tab>}
        </TabList>
        <TabPanel id="account">
          <div className="form">
            <div className="form-grid">
              {user === null && <TextField label="Name" value={name} onChange={setName} autoFocus />}
              <TextField
                label={user?.hasPassword === true ? 'New password' : 'Password'}
                type="password"
                autoComplete="new-password"
                value={changes.password ?? ''}
                placeholder={user?.hasPassword === true ? 'as it is' : 'none: logs in by key'}
                onChange={(password) => put({ password })}
              />
              <Choice
                label="Rights"
                value={now.rights ?? 'default'}
                options={rights}
                onChange={(value) => put({ rights: value === 'default' ? null : value })}
              />
              <TextField
                label="Home directory"
                value={now.home ?? ''}
                placeholder="default"
                onChange={(home) => put({ home: home === '' ? null : home })}
              />
              <TextField
                label="Starts in"
                value={now.startDirectory ?? ''}
                placeholder="/"
                onChange={(path) => put({ startDirectory: path === '' ? null : path })}
              />
              <ListField
                label="Groups"
                values={now.groups ?? []}
                placeholder="bakers, drivers"
                onChange={(groups) => put({ groups })}
              />
              <TextField label="E-mail" value={now.email ?? ''} onChange={(email) => put({ email })} />
              <ListField
                label="May come from (networks)"
                values={now.allowedNetworks ?? []}
                placeholder="anywhere"
                onChange={(networks) => put({ allowedNetworks: networks.length === 0 ? null : networks })}
              />
            </div>
            <TextField label="Comment" value={now.comment ?? ''} onChange={(comment) => put({ comment })} />
            <div className="row">
              <Checkbox isSelected={now.enabled ?? true} onChange={(enabled) => put({ enabled })}>
                May log in
              </Checkbox>
              <Checkbox
                isSelected={now.requireTls ?? false}
                isIndeterminate={(now.requireTls ?? null) === null}
                onChange={(requireTls) => put({ requireTls })}
              >
                Only over TLS or SSH
              </Checkbox>
            </div>
          </div>
        </TabPanel>
        <TabPanel id="rules">
          <Rules
            rules={now.rules ?? []}
            onChange={(rules) => put({ rules: rules.length === 0 ? null : rules })}
          />
        </TabPanel>
        <TabPanel id="limits">
          <LimitsForm limits={now.limits ?? null} onChange={(limits) => put({ limits })} />
        </TabPanel>
        {user !== null && (
          <TabPanel id="keys">
            <AccountKeys user={user} />
          </TabPanel>
        )}
        {user !== null && (
          <TabPanel id="explain">
            <Explain user={user.name} />
          </TabPanel>
        )}
      </Tabs>
    </Modal>
  );
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import {
  existingFileChoices,
  type ExistingFileChoice,
  type QueueFinishAction,
  type QueueSettings,
} from '#protocols/http/contract/page/queue.ts';
import { call, describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Checkbox, Choice, TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { formatTime } from '../model/format.ts';
import { notify } from '../state/notices.ts';
import { prefer, preferences, type ColumnId } from '../state/preferences.ts';
import { session } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import type { DialogComponent } from '../state/dialogs.ts';
import { existingTexts } from './existing-file.tsx';

const kibi = 1024;

const finishing: Readonly<Record<QueueFinishAction, string>> = {
  nothing: 'Nothing',
  notify: 'Show a notice of the system',
  sound: 'Play a sound',
  disconnect: 'Disconnect from all servers',
  exit: 'End wherry',
  'run-command': 'Run a command',
};

const columnLabels: Readonly<Record<ColumnId, string>> = {
  size: 'Size',
  type: 'Kind',
  modified: 'Modified',
  mode: 'Permissions',
  owner: 'Owner',
};

/** How the page looks, how the queue works, and whom this user trusts. */
export const SettingsDialog: DialogComponent<'settings'> = ({ section = 'appearance', close }) => {
  const features = useStore(session)?.features;
  return (
    <Modal title="Settings" close={close} size="large" footer={<Button onPress={close}>Close</Button>}>
      <Tabs className="sections" defaultSelectedKey={section}>
        <TabList aria-label="Settings" className="bottom-tabs">
          <Tab id="appearance">Appearance</Tab>
          {features?.queue === true && <Tab id="queue">Transfers</Tab>}
          {features?.connections === true && <Tab id="trust">Trusted servers</Tab>}
        </TabList>
        <TabPanel id="appearance">
          <Appearance />
        </TabPanel>
        <TabPanel id="queue">
          <QueueForm />
        </TabPanel>
        <TabPanel id="trust">
          <TrustList />
        </TabPanel>
      </Tabs>
    </Modal>
  );
};

function Appearance(): ReactNode {
  const values = useStore(preferences);
  const hasTwoSides = useStore(session)?.mode === 'local';
  const toggle = (id: ColumnId, on: boolean): void => {
    const order = Object.keys(columnLabels) as ColumnId[];
    prefer({ columns: order.filter((one) => (one === id ? on : values.columns.includes(one))) });
  };
  return (
    <div className="form">
      <div className="form-grid">
        <Choice
          label="Theme"
          value={values.theme}
          options={{ system: 'As the system', light: 'Light', dark: 'Dark' }}
          onChange={(theme) => prefer({ theme })}
        />
        <Choice
          label="Rows"
          value={values.density}
          options={{ comfortable: 'Comfortable', compact: 'Compact' }}
          onChange={(density) => prefer({ density })}
        />
        {hasTwoSides && (
          <>
            <Choice
              label="Directories are compared by"
              value={values.compareBy}
              options={{ size: 'Size', time: 'Time of modification' }}
              onChange={(compareBy) => prefer({ compareBy })}
            />
            <TextField
              label="Times this many minutes apart are equal"
              value={String(values.compareToleranceMinutes)}
              onChange={(text) =>
                prefer({ compareToleranceMinutes: Math.min(1440, Number(text.replaceAll(/\D/gu, ''))) })
              }
            />
          </>
        )}
      </div>
      <fieldset>
        <legend className="group-label">Columns</legend>
        <div className="row">
          {(Object.entries(columnLabels) as [ColumnId, string][]).map(([id, label]) => (
            <Checkbox key={id} isSelected={values.columns.includes(id)} onChange={(on) => toggle(id, on)}>
              {label}
            </Checkbox>
          ))}
        </div>
      </fieldset>
      {hasTwoSides && (
        <Checkbox isSelected={values.hideIdentical} onChange={(hideIdentical) => prefer({ hideIdentical })}>
          Hide identical files while directories are compared
        </Checkbox>
      )}
      <Checkbox isSelected={values.confirmDelete} onChange={(confirmDelete) => prefer({ confirmDelete })}>
        Ask before something is deleted
      </Checkbox>
    </div>
  );
}

const limitOf = (rate: number | null): string => (rate === null ? '' : String(Math.round(rate / kibi)));
const limitFrom = (text: string): number | null => {
  const digits = text.replaceAll(/\D/gu, '');
  return digits === '' || Number(digits) === 0 ? null : Number(digits) * kibi;
};

const countOf = (count: number): string => (count === 0 ? '' : String(count));
const countFrom = (text: string, maximum: number): number =>
  Math.min(maximum, Number(text.replaceAll(/\D/gu, '')));

function QueueForm(): ReactNode {
  const client = useQueryClient();
  const { data: settings } = useQuery({
    queryKey: ['queue-settings'],
    queryFn: ({ signal }) => call('GET /queue/settings', { signal }),
  });
  if (settings === undefined) return null;
  const change = (fields: Partial<QueueSettings>): void => {
    // The latest, which a change of a moment ago may not have drawn yet.
    const next = { ...(client.getQueryData<QueueSettings>(['queue-settings']) ?? settings), ...fields };
    client.setQueryData(['queue-settings'], next);
    call('PUT /queue/settings', { body: next }).catch((error: unknown) => {
      client.setQueryData(['queue-settings'], settings);
      notify('error', describe(error));
    });
    if (next.whenFinished === 'notify' && Notification.permission === 'default')
      void Notification.requestPermission();
  };
  const existing = {
    ask: 'Ask',
    ...Object.fromEntries(existingFileChoices.map((choice) => [choice, existingTexts[choice]])),
  } as Readonly<Record<ExistingFileChoice | 'ask', string>>;
  const counts = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`${index + 1}`, `${index + 1}`]),
  );
  return (
    <div className="form">
      <div className="form-grid">
        <Choice
          label="Transfers at the same time"
          value={String(settings.parallel)}
          options={counts}
          onChange={(value) => change({ parallel: Number(value) })}
        />
        <TextField
          label="Of these downloads (empty for all)"
          value={countOf(settings.parallelDownloads)}
          onChange={(text) => change({ parallelDownloads: countFrom(text, 10) })}
        />
        <TextField
          label="Of these uploads (empty for all)"
          value={countOf(settings.parallelUploads)}
          onChange={(text) => change({ parallelUploads: countFrom(text, 10) })}
        />
        <TextField
          label="Tries after a failure"
          value={String(settings.retries)}
          onChange={(text) => change({ retries: countFrom(text, 99) })}
        />
        <TextField
          label="Download limit (KiB/s, empty for none)"
          value={limitOf(settings.downloadLimit)}
          onChange={(text) => change({ downloadLimit: limitFrom(text) })}
        />
        <TextField
          label="Upload limit (KiB/s, empty for none)"
          value={limitOf(settings.uploadLimit)}
          onChange={(text) => change({ uploadLimit: limitFrom(text) })}
        />
        <Choice
          label="A download's target exists"
          value={settings.existingDownload}
          options={existing}
          onChange={(existingDownload) => change({ existingDownload })}
        />
        <Choice
          label="An upload's target exists"
          value={settings.existingUpload}
          options={existing}
          onChange={(existingUpload) => change({ existingUpload })}
        />
        <Choice
          label="From server to server"
          value={settings.serverToServer}
          options={{ auto: 'Directly when both can', require: 'Only directly', off: 'Always through here' }}
          onChange={(serverToServer) => change({ serverToServer })}
        />
        <Choice
          label="When the queue is done"
          value={settings.whenFinished}
          options={finishing}
          onChange={(whenFinished) => change({ whenFinished })}
        />
        {settings.whenFinished === 'run-command' && (
          <TextField
            label="Command"
            value={settings.finishCommand ?? ''}
            onChange={(text) => change({ finishCommand: text === '' ? null : text })}
          />
        )}
      </div>
      <Checkbox isSelected={settings.preserveTimes} onChange={(preserveTimes) => change({ preserveTimes })}>
        Keep the times of files
      </Checkbox>
      <Checkbox isSelected={settings.verify} onChange={(verify) => change({ verify })}>
        Compare checksums after each transfer
      </Checkbox>
    </div>
  );
}

function TrustList(): ReactNode {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: ['trust'], queryFn: ({ signal }) => call('GET /trust', { signal }) });
  const remove = (record: string): void => {
    call('DELETE /trust/:record', { params: { record } })
      .then(() => client.invalidateQueries({ queryKey: ['trust'] }))
      .catch((error: unknown) => notify('error', describe(error)));
  };
  const records = data?.records ?? [];
  if (records.length === 0)
    return <p className="quiet form">No host key and no certificate is remembered.</p>;
  return (
    <ul className="card-list">
      {records.map(({ id, kind, host, port, details, addedAt }) => (
        <li key={id}>
          <div>
            <strong>
              {host}:{port}
            </strong>
            <span className="quiet">
              {' '}
              {kind === 'host-key'
                ? 'host key'
                : kind === 'certificate'
                  ? 'certificate'
                  : 'without encryption'}
              {addedAt === null ? '' : `, since ${formatTime(addedAt, 'day')}`}
            </span>
            <br />
            <code>{details}</code>
          </div>
          <Button onPress={() => remove(id)}>Forget</Button>
        </li>
      ))}
    </ul>
  );
}

import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type {
  SiteFields,
  SiteFolder,
  SiteLogon,
  SiteRecord,
  SiteSecrets,
} from '#protocols/http/contract/page/sites.ts';
import { Checkbox, Choice, TextField } from '../components/fields.tsx';
import { colours, encryptions, folderChoices, logonsFor, protocols } from './site-fields.ts';

export type SiteDraft = SiteFields & SiteSecrets;

interface SiteFormProps {
  readonly draft: SiteDraft;
  readonly saved: SiteRecord | null;
  readonly folders: readonly SiteFolder[];
  readonly onChange: (fields: Partial<SiteDraft>) => void;
}

type PartProps = Pick<SiteFormProps, 'draft' | 'onChange'>;

const digits = (text: string): number | null => {
  const kept = text.replaceAll(/\D/gu, '');
  return kept === '' ? null : Number(kept);
};

/** Every field of a saved site, in FileZilla's four parts. */
export function SiteForm({ draft, saved, folders, onChange }: SiteFormProps): ReactNode {
  return (
    <Tabs className="sections">
      <TabList aria-label="Parts of the site" className="bottom-tabs">
        <Tab id="general">General</Tab>
        <Tab id="advanced">Advanced</Tab>
        <Tab id="transfer">Transfer</Tab>
        <Tab id="charset">Charset</Tab>
      </TabList>
      <TabPanel id="general">
        <General draft={draft} saved={saved} folders={folders} onChange={onChange} />
      </TabPanel>
      <TabPanel id="advanced">
        <Advanced draft={draft} onChange={onChange} />
      </TabPanel>
      <TabPanel id="transfer">
        <Transfer draft={draft} onChange={onChange} />
      </TabPanel>
      <TabPanel id="charset">
        <Charset draft={draft} onChange={onChange} />
      </TabPanel>
    </Tabs>
  );
}

function General({ draft, saved, folders, onChange }: SiteFormProps): ReactNode {
  const { protocol, logon } = draft;
  const named = logon !== 'anonymous';
  const knowsPassword = logon === 'normal' || logon === 'account';
  return (
    <div className="form">
      <div className="form-grid">
        <TextField label="Name" isRequired value={draft.name} onChange={(name) => onChange({ name })} />
        <Choice
          label="Folder"
          value={draft.folderId ?? ''}
          options={folderChoices(folders)}
          onChange={(folderId) => onChange({ folderId: folderId === '' ? null : folderId })}
        />
        <Choice
          label="Protocol"
          value={protocol as keyof typeof protocols}
          options={protocols}
          onChange={(next) => {
            const known = Object.keys(logonsFor(next)) as SiteLogon[];
            onChange({
              protocol: next,
              ...(known.includes(logon) ? {} : { logon: known[0] ?? 'anonymous' }),
            });
          }}
        />
        {protocol === 'ftp' && (
          <Choice
            label="Encryption"
            value={draft.encryption}
            options={encryptions}
            onChange={(encryption) => onChange({ encryption })}
          />
        )}
        <TextField label="Host" isRequired value={draft.host} onChange={(host) => onChange({ host })} />
        <TextField
          label="Port"
          value={draft.port === null ? '' : String(draft.port)}
          placeholder="the protocol's own"
          onChange={(text) => onChange({ port: digits(text) })}
        />
        <Choice
          label="Logon type"
          value={logon}
          options={logonsFor(protocol) as Record<SiteLogon, string>}
          onChange={(next) => onChange({ logon: next })}
        />
        {named && (
          <TextField
            label="User"
            value={draft.user}
            onChange={(user) => onChange({ user })}
            autoComplete="off"
          />
        )}
        {knowsPassword && (
          <TextField
            label="Password"
            type="password"
            autoComplete="new-password"
            value={draft.password ?? ''}
            placeholder={saved?.hasPassword === true ? 'saved' : ''}
            onChange={(password) => onChange({ password })}
          />
        )}
        {logon === 'account' && (
          <TextField label="Account" value={draft.account} onChange={(account) => onChange({ account })} />
        )}
        {logon === 'key' && (
          <>
            <TextField label="Key file" value={draft.keyFile} onChange={(keyFile) => onChange({ keyFile })} />
            <TextField
              label="Passphrase of the key"
              type="password"
              autoComplete="new-password"
              value={draft.keyPassphrase ?? ''}
              placeholder={saved?.hasKeyPassphrase === true ? 'saved' : ''}
              onChange={(keyPassphrase) => onChange({ keyPassphrase })}
            />
          </>
        )}
        <Choice
          label="Colour"
          value={draft.colour}
          options={colours}
          onChange={(colour) => onChange({ colour })}
        />
      </div>
      <TextField
        label="Comment"
        multiline
        value={draft.comment}
        onChange={(comment) => onChange({ comment })}
      />
    </div>
  );
}

function Advanced({ draft, onChange }: PartProps): ReactNode {
  return (
    <div className="form">
      <TextField
        label="Local directory to begin in"
        value={draft.localDirectory}
        onChange={(localDirectory) => onChange({ localDirectory })}
      />
      <TextField
        label="Remote directory to begin in"
        value={draft.remoteDirectory}
        onChange={(remoteDirectory) => onChange({ remoteDirectory })}
      />
      <Checkbox
        isSelected={draft.synchronisedBrowsing}
        onChange={(synchronisedBrowsing) => onChange({ synchronisedBrowsing })}
      >
        Synchronised browsing
      </Checkbox>
      <Checkbox
        isSelected={draft.directoryComparison}
        onChange={(directoryComparison) => onChange({ directoryComparison })}
      >
        Compare directories
      </Checkbox>
      <TextField
        label="Add to the server's times (minutes)"
        value={String(draft.timeOffsetMinutes)}
        onChange={(text) =>
          onChange({ timeOffsetMinutes: Math.trunc(Number(text.replaceAll(/[^\d-]/gu, '')) || 0) })
        }
      />
      <Checkbox isSelected={draft.bypassProxy} onChange={(bypassProxy) => onChange({ bypassProxy })}>
        Never go through the proxy
      </Checkbox>
    </div>
  );
}

function Transfer({ draft, onChange }: PartProps): ReactNode {
  return (
    <div className="form">
      <Choice
        label="Transfer mode"
        value={draft.transferMode}
        options={{ default: 'Default', active: 'Active', passive: 'Passive' }}
        onChange={(transferMode) => onChange({ transferMode })}
      />
      <TextField
        label="Most connections at the same time"
        value={draft.maximumConnections === null ? '' : String(draft.maximumConnections)}
        placeholder="no limit of its own"
        onChange={(text) => onChange({ maximumConnections: digits(text) })}
      />
    </div>
  );
}

function Charset({ draft, onChange }: PartProps): ReactNode {
  const kind = draft.charset === 'auto' || draft.charset === 'utf-8' ? draft.charset : 'other';
  return (
    <div className="form">
      <Choice
        label="Names of files are in"
        value={kind}
        options={{ auto: 'UTF-8 when the server says so', 'utf-8': 'UTF-8 always', other: 'Another charset' }}
        onChange={(next) => onChange({ charset: next === 'other' ? 'windows-1252' : next })}
      />
      {kind === 'other' && (
        <TextField label="Charset" value={draft.charset} onChange={(charset) => onChange({ charset })} />
      )}
    </div>
  );
}

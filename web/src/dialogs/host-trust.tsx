import { KeyRound, LockOpen, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { HostKeyQuestion, InsecureQuestion } from '#protocols/http/contract/page/trust.ts';
import { Button } from '../components/button.tsx';
import { Checkbox } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { answer } from '../state/connections.ts';
import { Fact, Facts } from '../components/facts.tsx';

/** An SSH host key nobody has seen yet, or (an alarm) another than the one that was trusted. */
export function HostKeyDialog({ question }: { readonly question: HostKeyQuestion }): ReactNode {
  const { host, port, algorithm, fingerprint, changed, previousFingerprint } = question;
  const [remember, setRemember] = useState(true);
  const [sure, setSure] = useState(!changed);
  const cancel = (): void => void answer(question, { answer: 'cancel' });
  return (
    <Modal
      alert
      insistent
      title={changed ? 'The host key has changed' : 'Unknown host key'}
      close={cancel}
      className={changed ? 'alarm' : ''}
      footer={
        <>
          <Button onPress={cancel} kind={changed ? 'primary' : 'plain'}>
            {changed ? 'Do not connect' : 'Cancel'}
          </Button>
          <Button
            kind={changed ? 'danger' : 'primary'}
            isDisabled={!sure}
            onPress={() => void answer(question, { answer: 'trust', remember })}
          >
            {changed ? 'Trust the new key' : 'Trust this key'}
          </Button>
        </>
      }
    >
      {changed ? (
        <div className="callout bad" role="alert">
          <TriangleAlert aria-hidden="true" size={20} />
          <p>
            <strong>{host}</strong> shows another key than before. Somebody may be sitting between you and the
            server, or the server was installed anew. Connect only when its owner has told you of the new key.
          </p>
        </div>
      ) : (
        <div className="callout">
          <KeyRound aria-hidden="true" size={20} />
          <p>
            This is the first connection to <strong>{host}</strong>. Compare the fingerprint with what the
            owner of the server tells you by another way.
          </p>
        </div>
      )}
      <Facts>
        <Fact label="Server">
          {host}, port {port}
        </Fact>
        <Fact label="Key">{algorithm}</Fact>
        {previousFingerprint !== null && (
          <Fact label="Before">
            <code className="fingerprint old">{previousFingerprint}</code>
          </Fact>
        )}
        <Fact label={changed ? 'Now' : 'Fingerprint'}>
          <code className="fingerprint">{fingerprint}</code>
        </Fact>
      </Facts>
      {changed && (
        <Checkbox isSelected={sure} onChange={setSure}>
          I have made sure that the key was changed by the owner of the server.
        </Checkbox>
      )}
      {changed ? (
        <p className="quiet">
          The new key is trusted until wherry ends. To keep it, take the old one out of{' '}
          <code>known_hosts</code>: <code>ssh-keygen -R {port === 22 ? host : `'[${host}]:${port}'`}</code>
        </p>
      ) : (
        <Checkbox isSelected={remember} onChange={setRemember}>
          Remember this key
        </Checkbox>
      )}
    </Modal>
  );
}

/** A password is about to go over the network in the clear. */
export function InsecureDialog({ question }: { readonly question: InsecureQuestion }): ReactNode {
  const { host, protocol, reason } = question;
  const [remember, setRemember] = useState(false);
  const cancel = (): void => void answer(question, { answer: 'cancel' });
  return (
    <Modal
      alert
      insistent
      title="This connection is not encrypted"
      close={cancel}
      footer={
        <>
          <Button kind="primary" onPress={cancel}>
            Cancel
          </Button>
          <Button onPress={() => void answer(question, { answer: 'continue', remember })}>
            Continue unencrypted
          </Button>
        </>
      }
    >
      <div className="callout warn">
        <LockOpen aria-hidden="true" size={20} />
        <p>
          {reason} Everybody on the way to <strong>{host}</strong> can read your password and your files.
        </p>
      </div>
      <p className="quiet">
        Ask the owner of the server for {protocol === 'ftp' ? 'FTP over TLS or SFTP' : 'an encrypted address'}
        .
      </p>
      <Checkbox isSelected={remember} onChange={setRemember}>
        Do not ask again for this server
      </Checkbox>
    </Modal>
  );
}

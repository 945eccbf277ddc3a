import { KeyRound, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { User } from '#protocols/http/contract/admin/records.ts';
import { Button, IconButton } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { formatTime } from '../model/format.ts';
import { callAdmin } from './call-admin.ts';
import { useAdmin, useChange } from './use-admin.ts';

/** SSH keys of an account, and its one-time codes. */
export function AccountKeys({ user }: { readonly user: User }): ReactNode {
  const params = { name: user.name };
  const { data } = useAdmin(['keys', user.name], (signal) =>
    callAdmin('GET /users/:name/keys', { params, signal }),
  );
  const [line, setLine] = useState('');
  const [secret, setSecret] = useState<{ readonly secret: string; readonly uri: string } | null>(null);
  const [codes, setCodes] = useState(user.hasOneTimeCodes);
  const change = useChange();
  const add = async (): Promise<void> => {
    if (
      await change(() => callAdmin('POST /users/:name/keys', { params, body: { line } }), 'The key is added.')
    ) {
      setLine('');
    }
  };
  const toggleCodes = (): void =>
    void change(async () => {
      if (codes) await callAdmin('DELETE /users/:name/one-time-codes', { params });
      else setSecret(await callAdmin('POST /users/:name/one-time-codes', { params }));
      setCodes(!codes);
    });
  return (
    <div className="form">
      <ul className="card-list">
        {(data?.keys ?? []).map(({ fingerprint, algorithm, comment, addedAt }) => (
          <li key={fingerprint}>
            <KeyRound aria-hidden="true" size={16} />
            <div className="card-main">
              <strong>{comment === '' ? algorithm : comment}</strong>
              <code>{fingerprint}</code>
              <span className="quiet">
                {algorithm}, since {formatTime(addedAt, 'day')}
              </span>
            </div>
            <IconButton
              icon={Trash2}
              label="Remove the key"
              onPress={() =>
                void change(() =>
                  callAdmin('DELETE /users/:name/keys/:fingerprint', { params: { ...params, fingerprint } }),
                )
              }
            />
          </li>
        ))}
      </ul>
      <TextField
        label="Add an SSH key"
        multiline
        value={line}
        onChange={setLine}
        placeholder="ssh-ed25519 AAAA… comment"
        hint="A line of authorized_keys; options such as from= hold."
      />
      <div className="row">
        <Button isDisabled={line.trim() === ''} onPress={() => void add()}>
          Add the key
        </Button>
        <Button onPress={toggleCodes}>
          {codes ? 'Demand one-time codes no longer' : 'Demand one-time codes'}
        </Button>
      </div>
      {secret !== null && (
        <div className="callout good">
          <div>
            <p>Hand this to the account’s owner now; it is not shown again.</p>
            <code className="fingerprint">{secret.secret}</code>
            <br />
            <code>{secret.uri}</code>
          </div>
        </div>
      )}
    </div>
  );
}

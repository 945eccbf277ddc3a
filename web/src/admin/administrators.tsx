import { Plus, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { TokenScope } from '#protocols/http/contract/admin/records.ts';
import { Button, IconButton } from '../components/button.tsx';
import { Checkbox, TextField } from '../components/fields.tsx';
import { Name } from '../components/name.tsx';
import { formatTime } from '../model/format.ts';
import { session } from '../state/session.ts';
import { callAdmin } from './call-admin.ts';
import { useAdmin, useChange } from './use-admin.ts';

const readingScopes: readonly TokenScope[] = [
  'accounts:read',
  'sessions:read',
  'bans:read',
  'log:read',
  'config:read',
  'server:read',
];
const writingScopes: readonly TokenScope[] = [
  'accounts:write',
  'sessions:write',
  'bans:write',
  'config:write',
];

/** Who administers what, and the tokens of programs. */
export function Administrators(): ReactNode {
  const { data } = useAdmin(['administrators'], (signal) => callAdmin('GET /administrators', { signal }));
  const [name, setName] = useState('');
  const [groups, setGroups] = useState('');
  const [readOnly, setReadOnly] = useState(false);
  const change = useChange();
  const add = async (): Promise<void> => {
    const list = groups.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
    const body = { groups: list.length === 0 ? null : list, readOnly };
    if (await change(() => callAdmin('PUT /administrators/:name', { params: { name }, body }))) setName('');
  };
  return (
    <div className="columns">
      <section className="card">
        <h2>Administrators</h2>
        <ul className="card-list">
          {(data?.administrators ?? []).map((one) => (
            <li key={one.name}>
              <div className="card-main">
                <strong>
                  <Name>{one.name}</Name>
                </strong>
                <span className="quiet">
                  {(one.role?.groups ?? null) === null
                    ? 'everything'
                    : `groups ${one.role?.groups?.join(', ') ?? ''}`}
                  {one.role?.readOnly === true ? ', only looks' : ''}
                  {one.enabled ? '' : ', off'}
                </span>
              </div>
              <IconButton
                icon={Trash2}
                label={`${one.name} administers no longer`}
                isDisabled={one.name === session.get()?.user?.name}
                onPress={() =>
                  void change(() => callAdmin('DELETE /administrators/:name', { params: { name: one.name } }))
                }
              />
            </li>
          ))}
        </ul>
        <div className="row">
          <TextField label="Account" value={name} onChange={setName} />
          <TextField label="Groups" value={groups} onChange={setGroups} placeholder="everything" />
          <Checkbox isSelected={readOnly} onChange={setReadOnly}>
            Only looks
          </Checkbox>
          <Button icon={Plus} isDisabled={name === ''} onPress={() => void add()}>
            Add
          </Button>
        </div>
      </section>
      <Tokens />
    </div>
  );
}

function Tokens(): ReactNode {
  const { data } = useAdmin(['tokens'], (signal) => callAdmin('GET /tokens', { signal }));
  const [comment, setComment] = useState('');
  const [writing, setWriting] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const change = useChange();
  const make = (): void =>
    void change(async () => {
      const account = session.get()?.user?.name ?? '';
      const scopes = writing ? [...readingScopes, ...writingScopes] : [...readingScopes];
      const made = await callAdmin('POST /tokens', { body: { account, comment, scopes } });
      setSecret(made.secret);
      setComment('');
    });
  return (
    <section className="card">
      <h2>Tokens of programs</h2>
      <ul className="card-list">
        {(data?.tokens ?? []).map(({ id, account, comment: note, scopes, lastUsedAt }) => (
          <li key={id}>
            <div className="card-main">
              <strong>{note === '' ? account : note}</strong>
              <span className="quiet">
                {account} · {scopes.some((scope) => scope.endsWith(':write')) ? 'changes' : 'only looks'} ·{' '}
                {lastUsedAt === null ? 'never used' : `used ${formatTime(lastUsedAt, 'day')}`}
              </span>
            </div>
            <IconButton
              icon={Trash2}
              label="Revoke"
              onPress={() => void change(() => callAdmin('DELETE /tokens/:id', { params: { id } }))}
            />
          </li>
        ))}
      </ul>
      <div className="row">
        <TextField label="What it is for" value={comment} onChange={setComment} />
        <Checkbox isSelected={writing} onChange={setWriting}>
          May change things
        </Checkbox>
        <Button icon={Plus} onPress={make}>
          Make a token
        </Button>
      </div>
      {secret !== null && (
        <div className="callout good">
          <div>
            <p>Copy it now; it is not shown again.</p>
            <code className="fingerprint">{secret}</code>
          </div>
        </div>
      )}
    </section>
  );
}

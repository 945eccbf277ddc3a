import { Check, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { AccessRow } from '#protocols/http/contract/admin/records.ts';
import { describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { Form } from '../dialogs/small.tsx';
import { notify } from '../state/notices.ts';
import { callAdmin } from './call-admin.ts';
import { useAdmin } from './use-admin.ts';

/** A setting in one line, without the parts of it that say nothing. */
function settingText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).flatMap(([key, part]) => {
    const text = part === null ? 'none' : settingText(part);
    if (text === 'none') return [];
    return Array.isArray(value) ? [text] : [`${key} ${text}`];
  });
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** What an account may do at a path and which rule says so, and what holds for it altogether. */
export function Explain({ user }: { readonly user: string }): ReactNode {
  const [path, setPath] = useState('/');
  const [rows, setRows] = useState<readonly AccessRow[] | null>(null);
  const effective = useAdmin(['effective', user], (signal) =>
    callAdmin('GET /users/:name/effective', { params: { name: user }, signal }),
  );
  const ask = (): void => {
    callAdmin('POST /users/:name/access', { params: { name: user }, body: { path } }).then(
      ({ access }) => setRows(access),
      (error: unknown) => notify('error', describe(error)),
    );
  };
  return (
    <div className="form">
      <Form onSubmit={ask}>
        <div className="row">
          <TextField label="May this account do what, at" value={path} onChange={setPath} />
          <Button kind="primary" onPress={ask}>
            Explain
          </Button>
        </div>
      </Form>
      {rows !== null && (
        <table className="plain-table said">
          <thead>
            <tr>
              <th scope="col">Right</th>
              <th scope="col">Allowed</th>
              <th scope="col">Because</th>
              <th scope="col">Said by</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ permission, allowed, rule, pattern, origin }) => (
              <tr key={permission}>
                <th scope="row">{permission}</th>
                <td>
                  {allowed ? (
                    <Check aria-label="yes" size={16} className="success" />
                  ) : (
                    <X aria-label="no" size={16} className="failure" />
                  )}
                </td>
                <td>
                  {rule} {pattern !== null && <code>{pattern}</code>}
                </td>
                <td className="quiet">{origin}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows === null && effective.data !== undefined && (
        <table className="plain-table said">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">What holds</th>
              <th scope="col">Said by</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(effective.data.settings)
              .filter(([, value]) => value !== null)
              .map(([key, value]) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>
                    <code>{settingText(value)}</code>
                  </td>
                  <td className="quiet">{effective.data.origins[key]}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

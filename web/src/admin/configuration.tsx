import { RefreshCw } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { notify } from '../state/notices.ts';
import { callAdmin } from './call-admin.ts';
import { Grade } from './grade.tsx';
import { useAdmin, useChange } from './use-admin.ts';

type Problems = readonly { readonly line: number | null; readonly message: string }[];

/** The configuration that holds and where each part of it comes from; a file is checked before it is put in place. */
export function Configuration(): ReactNode {
  const { data } = useAdmin(['config'], (signal) => callAdmin('GET /config', { signal }));
  const [text, setText] = useState('');
  const [problems, setProblems] = useState<Problems | null>(null);
  const change = useChange();
  const check = (): void => {
    callAdmin('POST /config/check', { body: { text } }).then(
      (reply) => setProblems(reply.problems),
      (error: unknown) => notify('error', describe(error)),
    );
  };
  const reload = (): void =>
    void change(async () => {
      const { applied, waiting } = await callAdmin('POST /config/reload');
      const parts = [
        applied.length === 0 ? 'Nothing has changed.' : `Holds now: ${applied.join(', ')}.`,
        waiting.length === 0 ? '' : `For the next start: ${waiting.join(', ')}.`,
      ];
      notify('success', parts.join(' ').trim());
    });
  return (
    <div className="columns">
      <section className="card wide">
        <h2>
          What holds <span className="quiet">{data?.file ?? 'no file: defaults and flags'}</span>
        </h2>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {flatten(data?.settings ?? {}).map(([key, value]) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td>
                  <code>{value}</code>
                </td>
                <td className="quiet">{data?.origins[key] ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className="stack">
        <Grade />
        <section className="card">
          <h2>Check and reload</h2>
          <TextField
            label="Text of a wherry.yaml"
            multiline
            value={text}
            onChange={(next) => {
              setText(next);
              setProblems(null);
            }}
            placeholder={'listen:\n  ftp: 2121\ntls:\n  require: true'}
          />
          {problems !== null && problems.length === 0 && <p className="success">Nothing is wrong with it.</p>}
          {problems !== null && problems.length > 0 && (
            <ul className="plain-list" role="alert">
              {problems.map(({ line, message }) => (
                <li key={`${line} ${message}`} className="failure">
                  {line === null ? '' : `Line ${line}: `}
                  {message}
                </li>
              ))}
            </ul>
          )}
          <div className="row">
            <Button isDisabled={text === ''} onPress={check}>
              Check the text
            </Button>
            <Button icon={RefreshCw} onPress={reload}>
              Reload the file
            </Button>
          </div>
        </section>
      </div>
    </div>
  );
}

function flatten(
  value: Readonly<Record<string, unknown>>,
  before = '',
): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, part]) => {
    const name = before === '' ? key : `${before}.${key}`;
    if (typeof part === 'object' && part !== null && !Array.isArray(part)) {
      return flatten(part as Readonly<Record<string, unknown>>, name);
    }
    return [[name, typeof part === 'string' ? part : JSON.stringify(part)] as const];
  });
}

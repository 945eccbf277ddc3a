import { Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button, IconButton } from '../components/button.tsx';
import { Choice, TextField } from '../components/fields.tsx';
import { Form } from '../dialogs/small.tsx';
import { formatTime } from '../model/format.ts';
import { callAdmin } from './call-admin.ts';
import { liveMs, useAdmin, useChange } from './use-admin.ts';

const durations = {
  '3600000': 'An hour',
  '86400000': 'A day',
  '604800000': 'A week',
  forever: 'For ever',
} as const;

/** Networks that are kept out, and those that nothing keeps out. */
export function Bans(): ReactNode {
  const { data } = useAdmin(['bans'], (signal) => callAdmin('GET /bans', { signal }), liveMs * 5);
  const [network, setNetwork] = useState('');
  const [reason, setReason] = useState('');
  const [duration, setDuration] = useState<keyof typeof durations>('86400000');
  const [allowed, setAllowed] = useState('');
  const change = useChange();
  const ban = async (): Promise<void> => {
    const durationMs = duration === 'forever' ? null : Number(duration);
    if (await change(() => callAdmin('POST /bans', { body: { network, reason, durationMs } }), 'Banned.')) {
      setNetwork('');
      setReason('');
    }
  };
  const allow = async (): Promise<void> => {
    if (await change(() => callAdmin('POST /allowed-networks', { body: { network: allowed } })))
      setAllowed('');
  };
  return (
    <div className="columns">
      <section className="card">
        <h2>Kept out</h2>
        <Form onSubmit={() => void ban()}>
          <div className="row">
            <TextField
              label="Network"
              value={network}
              onChange={setNetwork}
              placeholder="203.0.113.7 or 2001:db8::/32"
            />
            <TextField label="Reason" value={reason} onChange={setReason} />
            <Choice label="For" value={duration} options={durations} onChange={setDuration} />
            <Button kind="primary" isDisabled={network === ''} onPress={() => void ban()}>
              Ban
            </Button>
          </div>
        </Form>
        <ul className="card-list">
          {(data?.bans ?? []).map((one) => (
            <li key={one.network}>
              <div className="card-main">
                <code>{one.network}</code>
                <span className="quiet">
                  {one.source === 'automatic' ? 'by itself' : 'by hand'}
                  {one.reason === '' ? '' : `: ${one.reason}`} ·{' '}
                  {one.expiresAt === null ? 'for ever' : `until ${formatTime(one.expiresAt)}`}
                </span>
              </div>
              <IconButton
                icon={Trash2}
                label={`Let ${one.network} in again`}
                onPress={() =>
                  void change(() => callAdmin('DELETE /bans/:network', { params: { network: one.network } }))
                }
              />
            </li>
          ))}
        </ul>
        {data?.bans.length === 0 && <p className="quiet">Nobody is kept out.</p>}
      </section>
      <section className="card">
        <h2>Never kept out</h2>
        <Form onSubmit={() => void allow()}>
          <div className="row">
            <TextField label="Network" value={allowed} onChange={setAllowed} placeholder="192.0.2.0/24" />
            <Button isDisabled={allowed === ''} onPress={() => void allow()}>
              Add
            </Button>
          </div>
        </Form>
        <ul className="card-list">
          {(data?.allowed ?? []).map((one) => (
            <li key={one.network}>
              <code className="card-main">{one.network}</code>
              <IconButton
                icon={Trash2}
                label={`Remove ${one.network}`}
                onPress={() =>
                  void change(() =>
                    callAdmin('DELETE /allowed-networks/:network', { params: { network: one.network } }),
                  )
                }
              />
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

import type { ReactNode } from 'react';
import { formatBytes, formatCount, formatDuration, formatRate, formatTime } from '../model/format.ts';
import { callAdmin } from './call-admin.ts';
import { Chart } from './chart.tsx';
import { Grade } from './grade.tsx';
import { useHistory } from './history.ts';
import { liveMs, useAdmin } from './use-admin.ts';

/** What the server is and does, with the last minutes as lines. */
export function Overview(): ReactNode {
  const server = useAdmin(['server'], (signal) => callAdmin('GET /server', { signal }), liveMs);
  const sessions = useAdmin(['sessions'], (signal) => callAdmin('GET /sessions', { signal }), liveMs);
  const all = sessions.data?.sessions;
  const rate = all?.reduce((sum, { transfer }) => sum + (transfer?.bytesPerSecond ?? 0), 0);
  const stamp = sessions.dataUpdatedAt;
  const sessionHistory = useHistory(server.data?.sessions, server.dataUpdatedAt);
  const transferHistory = useHistory(server.data?.transfers, server.dataUpdatedAt);
  const rateHistory = useHistory(rate, stamp);
  if (server.data === undefined) return <span className="spinner" />;
  const { version, startedAt, listeners, accounts } = server.data;
  return (
    <>
      <div className="tiles">
        <Chart label="Sessions" values={sessionHistory} format={(value) => formatCount(value, 'session')} />
        <Chart
          label="Transfers"
          values={transferHistory}
          format={(value) => formatCount(value, 'transfer')}
        />
        <Chart label="Throughput" values={rateHistory} format={formatRate} />
      </div>
      <div className="columns overview">
        <section className="card">
          <h2>Server</h2>
          <dl className="facts">
            <div>
              <dt>Version</dt>
              <dd>{version}</dd>
            </div>
            <div>
              <dt>Running</dt>
              <dd>
                {formatDuration((Date.now() - startedAt) / 1000)}{' '}
                <span className="quiet">since {formatTime(startedAt)}</span>
              </dd>
            </div>
            <div>
              <dt>Accounts</dt>
              <dd>{accounts}</dd>
            </div>
          </dl>
        </section>
        <section className="card">
          <h2>Listening</h2>
          <ul className="plain-list">
            {listeners.map(({ protocol, host, port }) => (
              <li key={`${protocol} ${host} ${port}`}>
                <strong className="badge">{protocol}</strong>
                <code>
                  {host}:{port}
                </code>
              </li>
            ))}
          </ul>
        </section>
        <Grade />
        <section className="card under-way">
          <h2>Under way</h2>
          <ul className="plain-list">
            {(all ?? [])
              .flatMap(({ id, account, protocol, transfer }) =>
                transfer === null ? [] : [{ id, account, protocol, transfer }],
              )
              .map(({ id, account, protocol, transfer }) => (
                <li key={id}>
                  <strong className="badge">{transfer.direction}</strong>
                  <span className="ellipsis">{transfer.path}</span>
                  <span className="quiet">
                    {account ?? 'nobody yet'} · {protocol} · {formatBytes(transfer.bytes)} ·{' '}
                    {formatRate(transfer.bytesPerSecond)}
                  </span>
                </li>
              ))}
            {(all ?? []).every(({ transfer }) => transfer === null) && (
              <li className="quiet">Nothing is being transferred.</li>
            )}
          </ul>
        </section>
      </div>
    </>
  );
}

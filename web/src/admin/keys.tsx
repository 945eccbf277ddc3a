import type { ReactNode } from 'react';
import { Fact, Facts } from '../components/facts.tsx';
import { formatTime } from '../model/format.ts';
import { callAdmin } from './call-admin.ts';
import { useAdmin } from './use-admin.ts';

/** What clients are shown: certificates and host keys, with the fingerprints to tell people. */
export function Keys(): ReactNode {
  const certificates = useAdmin(['certificates'], (signal) =>
    callAdmin('GET /server/certificates', { signal }),
  );
  const hostKeys = useAdmin(['host-keys'], (signal) => callAdmin('GET /server/host-keys', { signal }));
  return (
    <div className="columns">
      <section className="card">
        <h2>TLS certificates</h2>
        {(certificates.data?.certificates ?? []).map(
          ({ subject, issuer, names, validFrom, validTo, sha256 }) => (
            <div className="key-card" key={sha256}>
              <Facts>
                <Fact label="Issued to">{subject}</Fact>
                <Fact label="Names">{names.join(', ')}</Fact>
                <Fact label="Issued by">{issuer === subject ? 'itself' : issuer}</Fact>
                <Fact label="Valid">
                  <span className={validTo < Date.now() ? 'failure' : ''}>
                    {formatTime(validFrom, 'day')} to {formatTime(validTo, 'day')}
                  </span>
                </Fact>
                <Fact label="SHA-256">
                  <code className="fingerprint">{sha256}</code>
                </Fact>
              </Facts>
            </div>
          ),
        )}
        {certificates.data?.certificates.length === 0 && <p className="quiet">None is in use.</p>}
      </section>
      <section className="card">
        <h2>SSH host keys</h2>
        {(hostKeys.data?.hostKeys ?? []).map(({ type, fingerprint }) => (
          <div className="key-card" key={fingerprint}>
            <strong>{type}</strong>
            <br />
            <code className="fingerprint">{fingerprint}</code>
          </div>
        ))}
        {hostKeys.data?.hostKeys.length === 0 && <p className="quiet">None is in use: SSH is off.</p>}
      </section>
    </div>
  );
}

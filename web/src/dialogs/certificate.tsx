import { ShieldAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { CertificateDetails, CertificateQuestion } from '#protocols/http/contract/page/trust.ts';
import { Button } from '../components/button.tsx';
import { Checkbox, Choice } from '../components/fields.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { formatTime } from '../model/format.ts';
import { answer } from '../state/connections.ts';

/** A certificate that no authority vouches for, with all that a person can compare. */
export function CertificateDialog({ question }: { readonly question: CertificateQuestion }): ReactNode {
  const { host, port, security, reasons, chain, previousSha256 } = question;
  const [remember, setRemember] = useState(true);
  const [shown, setShown] = useState('0');
  const certificate = chain[Number(shown)];
  const changed = previousSha256 !== null;
  const cancel = (): void => void answer(question, { answer: 'cancel' });
  const names = Object.fromEntries(
    chain.map(({ subject }, index) => [String(index), index === 0 ? `${subject} (the server's)` : subject]),
  );
  return (
    <Modal
      alert
      insistent
      title={changed ? 'The certificate has changed' : 'Unknown certificate'}
      close={cancel}
      className={changed ? 'alarm' : ''}
      footer={
        <>
          <Button onPress={cancel} kind={changed ? 'primary' : 'plain'}>
            {changed ? 'Do not connect' : 'Cancel'}
          </Button>
          <Button
            kind={changed ? 'danger' : 'primary'}
            onPress={() => void answer(question, { answer: 'trust', remember })}
          >
            Trust this certificate
          </Button>
        </>
      }
    >
      <div className={`callout ${changed ? 'bad' : 'warn'}`}>
        <ShieldAlert aria-hidden="true" size={20} />
        <div>
          <p>
            Whether this really is <strong>{host}</strong> cannot be told:
          </p>
          <ul className="reasons">
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </div>
      </div>
      {chain.length > 1 && <Choice label="Certificate" value={shown} options={names} onChange={setShown} />}
      {certificate !== undefined && <CertificateFacts certificate={certificate} />}
      <Facts>
        {previousSha256 !== null && (
          <Fact label="SHA-256 before">
            <code className="fingerprint old">{previousSha256}</code>
          </Fact>
        )}
        <Fact label="Connection">
          {host}, port {port}, {security}
        </Fact>
      </Facts>
      <Checkbox isSelected={remember} onChange={setRemember}>
        Always trust this certificate for this server
      </Checkbox>
    </Modal>
  );
}

export function CertificateFacts({ certificate }: { readonly certificate: CertificateDetails }): ReactNode {
  const { subject, issuer, names, validFrom, validTo, sha256, sha1, serialNumber } = certificate;
  const { publicKey, signatureAlgorithm } = certificate;
  return (
    <Facts>
      <Fact label="Issued to">
        <Name>{subject}</Name>
      </Fact>
      <Fact label="Names">
        <Name>{names.join(', ')}</Name>
      </Fact>
      <Fact label="Issued by">
        <Name>{issuer}</Name>
      </Fact>
      <Fact label="Valid">
        {formatTime(validFrom, 'day')} to {formatTime(validTo, 'day')}
      </Fact>
      <Fact label="Key">
        {publicKey}, {signatureAlgorithm}
      </Fact>
      <Fact label="SHA-256">
        <code className="fingerprint">{sha256}</code>
      </Fact>
      <Fact label="SHA-1">
        <code className="fingerprint">{sha1}</code>
      </Fact>
      <Fact label="Serial">
        <code>{serialNumber}</code>
      </Fact>
    </Facts>
  );
}

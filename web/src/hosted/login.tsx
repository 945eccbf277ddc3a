import { Fingerprint } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import type { LoginReply } from '#protocols/http/contract/page/session.ts';
import type { ShareGate } from '#protocols/http/contract/page/shares.ts';
import { call, describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { Mark } from '../components/mark.tsx';
import { Name } from '../components/name.tsx';
import { Form } from '../dialogs/small.tsx';
import { enter, session, sessionEnd } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { askPasskey } from './passkeys.ts';

/** The way in: name and password, a code, a passkey, or a share's password. `wherry ui` needs its own address. */
export function Login(): ReactNode {
  const state = useStore(session);
  const ended = useStore(sessionEnd);
  const share = /^\/s\/([^/]+)$/u.exec(location.pathname)?.[1];
  const local = state?.mode === 'local';
  return (
    <main className="login">
      <div className="login-card">
        <Mark size={44} />
        <h1>{state?.title ?? 'wherry'}</h1>
        {ended !== null && (
          <p className="callout" role="status">
            {ended}
          </p>
        )}
        {local ? (
          <p>
            This page opens with the address that <code>wherry ui</code> has printed. The address works once:
            start <code>wherry ui</code> again for a new one.
          </p>
        ) : share === undefined ? (
          <AccountLogin passkeys={state?.features.passkeys ?? false} />
        ) : (
          <ShareLogin token={decodeURIComponent(share)} />
        )}
      </div>
    </main>
  );
}

function AccountLogin({ passkeys }: { readonly passkeys: boolean }): ReactNode {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [challenge, setChallenge] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (work: () => Promise<LoginReply>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const reply = await work();
      if (reply.outcome === 'done') enter(reply.session);
      else setChallenge(reply.challenge);
    } catch (error) {
      setProblem(describe(error));
      setPassword('');
      setCode('');
      // A challenge serves once: the next attempt begins with the password.
      setChallenge(null);
    }
    setBusy(false);
  };
  const send = (): void =>
    void attempt(() =>
      challenge === null
        ? call('POST /session/login', { body: { user, password } })
        : call('POST /session/code', { body: { challenge, code } }),
    );
  return (
    <Form onSubmit={send}>
      {challenge === null ? (
        <>
          <TextField label="Name" value={user} onChange={setUser} autoComplete="username" autoFocus />
          <TextField
            label="Password"
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
          />
        </>
      ) : (
        <TextField
          label="One-time code"
          value={code}
          onChange={setCode}
          autoComplete="one-time-code"
          inputMode="numeric"
          autoFocus
          hint="From the app that makes your codes, or one of your recovery codes."
        />
      )}
      {problem !== null && (
        <p className="failure" role="alert">
          {problem}
        </p>
      )}
      <Button kind="primary" type="submit" isDisabled={busy}>
        Log in
      </Button>
      {passkeys && challenge === null && (
        <Button icon={Fingerprint} isDisabled={busy} onPress={() => void attempt(askPasskey)}>
          Log in with a passkey
        </Button>
      )}
    </Form>
  );
}

function ShareLogin({ token }: { readonly token: string }): ReactNode {
  const [gate, setGate] = useState<ShareGate | null>(null);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    call('GET /share-gates/:token', { params: { token } }).then(setGate, (error: unknown) =>
      setProblem(describe(error)),
    );
  }, [token]);
  const open = (): void => {
    call('POST /share-gates/:token', {
      params: { token },
      body: { password: password === '' ? null : password },
    }).then(
      (reply) => {
        if (reply.outcome === 'done') enter(reply.session);
      },
      (error: unknown) => setProblem(describe(error)),
    );
  };
  return (
    <Form onSubmit={open}>
      {gate !== null && (
        <p>
          <Name>{gate.owner}</Name>{' '}
          {gate.access === 'upload-only' ? 'asks you for files: ' : 'shares with you: '}
          <strong>
            <Name>{gate.name}</Name>
          </strong>
        </p>
      )}
      {gate?.needsPassword === true && (
        <TextField
          label="Password of the link"
          type="password"
          value={password}
          onChange={setPassword}
          autoFocus
        />
      )}
      {problem !== null && (
        <p className="failure" role="alert">
          {problem}
        </p>
      )}
      {gate !== null && (
        <Button kind="primary" type="submit">
          Open
        </Button>
      )}
    </Form>
  );
}

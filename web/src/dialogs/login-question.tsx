import { useState, type ReactNode } from 'react';
import type { LoginQuestion, QuestionAnswer, UnlockQuestion } from '#protocols/http/contract/page/trust.ts';
import { Button } from '../components/button.tsx';
import { Choice, TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { Name } from '../components/name.tsx';
import { answer } from '../state/connections.ts';
import { Form } from './small.tsx';

type Remember = Extract<QuestionAnswer, { answer: 'login' }>['remember'];

const remembering: Readonly<Record<Remember, string>> = {
  no: 'Do not keep it',
  run: 'Keep it until wherry ends',
  site: 'Save it with the site',
};

/** What the server asks at a login: a password, a code, whatever else it wants to know. */
export function LoginDialog({ question }: { readonly question: LoginQuestion }): ReactNode {
  const { host, user, title, instruction, prompts, attempt } = question;
  const [responses, setResponses] = useState<readonly string[]>(() => prompts.map(() => ''));
  const [remember, setRemember] = useState<Remember>('no');
  const cancel = (): void => void answer(question, { answer: 'cancel' });
  const send = (): void => void answer(question, { answer: 'login', responses, remember });
  const who = user === '' ? host : `${user}@${host}`;
  return (
    <Modal
      insistent
      size="small"
      title={title === '' || title === who ? 'Log in' : <Name>{title}</Name>}
      close={cancel}
      footer={
        <>
          <Button onPress={cancel}>Cancel</Button>
          <Button kind="primary" onPress={send}>
            Log in
          </Button>
        </>
      }
    >
      {!prompts.some(({ text }) => text.includes(who)) && (
        <p>
          <Name>{who}</Name>
        </p>
      )}
      {attempt > 1 && (
        <p className="failure" role="alert">
          That was not right. Try again.
        </p>
      )}
      {instruction !== '' && <p className="quiet preformatted">{instruction}</p>}
      <Form onSubmit={send}>
        {prompts.map(({ text, echo }, index) => (
          <TextField
            // oxlint-disable-next-line react/no-array-index-key -- the prompts of one question never change
            key={index}
            label={text.replace(/:\s*$/u, '')}
            type={echo ? 'text' : 'password'}
            autoFocus={index === 0}
            autoComplete={echo ? 'one-time-code' : 'current-password'}
            value={responses[index] ?? ''}
            onChange={(value) => setResponses(responses.map((old, at) => (at === index ? value : old)))}
          />
        ))}
        <Choice label="The password" value={remember} options={remembering} onChange={setRemember} />
      </Form>
    </Modal>
  );
}

/** The saved sites are locked by a master password, and one of them is needed. */
export function UnlockDialog({ question }: { readonly question: UnlockQuestion }): ReactNode {
  const [password, setPassword] = useState('');
  const cancel = (): void => void answer(question, { answer: 'cancel' });
  const send = (): void => void answer(question, { answer: 'unlock', password });
  return (
    <Modal
      insistent
      size="small"
      title="Unlock the saved sites"
      close={cancel}
      footer={
        <>
          <Button onPress={cancel}>Cancel</Button>
          <Button kind="primary" onPress={send}>
            Unlock
          </Button>
        </>
      }
    >
      <Form onSubmit={send}>
        <TextField
          label="Master password"
          type="password"
          autoFocus
          value={password}
          onChange={setPassword}
          error={question.attempt > 1 ? 'That was not right. Try again.' : undefined}
        />
      </Form>
    </Modal>
  );
}

import { useState } from 'react';
import { call, describe } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import type { DialogComponent } from '../state/dialogs.ts';
import { Form } from './small.tsx';

/** Sends commands of the protocol as they are typed, and shows what comes back. */
export const CommandDialog: DialogComponent<'command'> = ({ connection, close }) => {
  const [command, setCommand] = useState('');
  const [lines, setLines] = useState<readonly string[]>([]);
  const run = async (): Promise<void> => {
    if (command.trim() === '') return;
    setCommand('');
    try {
      const { reply } = await call('POST /connections/:connection/command', {
        params: { connection },
        body: { command },
      });
      setLines((before) => [...before, `> ${command}`, reply]);
    } catch (error) {
      setLines((before) => [...before, `> ${command}`, describe(error)]);
    }
  };
  return (
    <Modal title="Send a command" close={close} footer={<Button onPress={close}>Close</Button>}>
      <pre className="transcript" aria-live="polite">
        {lines.length === 0
          ? 'Such as SITE HELP or STAT. The server decides what it knows.'
          : lines.join('\n')}
      </pre>
      <Form onSubmit={() => void run()}>
        <TextField label="Command" value={command} onChange={setCommand} autoFocus />
      </Form>
    </Modal>
  );
};

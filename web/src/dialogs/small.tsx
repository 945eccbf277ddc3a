import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { Modal } from '../components/modal.tsx';
import { displayName } from '../model/display-name.ts';
import type { DialogComponent } from '../state/dialogs.ts';

/** Yes or no. What it asks about may have any name. */
export const ConfirmDialog: DialogComponent<'confirm'> = ({
  title,
  text,
  confirm,
  danger,
  onConfirm,
  close,
}) => {
  const act = (): void => {
    close();
    onConfirm();
  };
  return (
    <Modal
      title={displayName(title)}
      close={close}
      size="small"
      alert
      footer={
        <>
          <Button onPress={close}>Cancel</Button>
          <Button kind={danger === true ? 'danger' : 'primary'} onPress={act} autoFocus>
            {confirm}
          </Button>
        </>
      }
    >
      <p>{displayName(text)}</p>
    </Modal>
  );
};

/** One line of text. */
export const PromptDialog: DialogComponent<'prompt'> = (props) => {
  const { title, label, confirm, selectLength, onConfirm, close } = props;
  const [value, setValue] = useState(props.value);
  const input = useRef<HTMLInputElement | null>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(0, selectLength ?? input.current.value.length);
  }, [selectLength]);
  const bad = value.includes('/') ? 'A name cannot hold a slash.' : undefined;
  const act = (): void => {
    if (value === '' || bad !== undefined) return;
    close();
    onConfirm(value);
  };
  return (
    <Modal
      title={title}
      close={close}
      size="small"
      footer={
        <>
          <Button onPress={close}>Cancel</Button>
          <Button kind="primary" onPress={act} isDisabled={value === '' || bad !== undefined}>
            {confirm}
          </Button>
        </>
      }
    >
      <Form onSubmit={act}>
        <TextField
          label={label}
          value={value}
          onChange={setValue}
          error={bad}
          inputRef={(element) => {
            input.current = element;
          }}
        />
      </Form>
    </Modal>
  );
};

/** A form that Enter ends. */
export function Form({
  onSubmit,
  children,
}: {
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <button type="submit" hidden />
    </form>
  );
}

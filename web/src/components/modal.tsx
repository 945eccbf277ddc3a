import { X } from 'lucide-react';
import { useEffect, useRef, type ReactNode, type RefObject } from 'react';
import { Dialog, Heading, Modal as AriaModal, ModalOverlay } from 'react-aria-components';
import { IconButton } from './button.tsx';

interface ModalProps {
  readonly title: ReactNode;
  readonly close: () => void;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly size?: 'small' | 'medium' | 'large' | 'full';
  readonly alert?: boolean;
  /** A question that must be answered does not go away by a click beside it. */
  readonly insistent?: boolean;
  readonly className?: string;
}

/**
 * Gives the dialog the focus when a button that had it can be pressed no more: keys go to nobody then, so that neither
 * Escape nor Tab would do anything.
 */
function useFocusThatIsKept(dialog: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const { activeElement: active } = document;
    const isLost = active === null || active === document.body || active.matches(':disabled');
    const isTop = [...document.querySelectorAll('.dialog')].at(-1) === dialog.current;
    if (isLost && isTop) dialog.current?.focus();
  });
}

/** A dialog over the page; Escape and a click beside it close it. */
export function Modal(props: ModalProps): ReactNode {
  const { title, close, children, footer, size = 'medium', alert = false, insistent = false } = props;
  const dialog = useRef<HTMLElement>(null);
  useFocusThatIsKept(dialog);
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!insistent}
      onOpenChange={(open) => {
        if (!open) close();
      }}
    >
      <AriaModal className={`modal ${size} ${props.className ?? ''}`}>
        <Dialog ref={dialog} role={alert ? 'alertdialog' : 'dialog'} className="dialog">
          <header className="dialog-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton icon={X} label="Close" onPress={close} />
          </header>
          <div className="dialog-body">{children}</div>
          {footer !== undefined && <footer className="dialog-foot">{footer}</footer>}
        </Dialog>
      </AriaModal>
    </ModalOverlay>
  );
}

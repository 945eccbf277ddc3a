import { X } from 'lucide-react';
import type { ReactNode } from 'react';
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

/** A dialog over the page; Escape and a click beside it close it. */
export function Modal(props: ModalProps): ReactNode {
  const { title, close, children, footer, size = 'medium', alert = false, insistent = false } = props;
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
        <Dialog role={alert ? 'alertdialog' : 'dialog'} className="dialog">
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

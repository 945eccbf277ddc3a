import type { ReactNode } from 'react';
import type { Question } from '#protocols/http/contract/page/trust.ts';
import { CertificateDialog } from './certificate.tsx';
import { ExistingFileDialog } from './existing-file.tsx';
import { HostKeyDialog, InsecureDialog } from './host-trust.tsx';
import { LoginDialog, UnlockDialog } from './login-question.tsx';

/** The dialog for a question that a connection or a transfer waits with. */
// oxlint-disable-next-line typescript/consistent-return -- every kind has its case
export function QuestionDialog({ question }: { readonly question: Question }): ReactNode {
  switch (question.kind) {
    case 'certificate':
      return <CertificateDialog question={question} />;
    case 'host-key':
      return <HostKeyDialog question={question} />;
    case 'insecure':
      return <InsecureDialog question={question} />;
    case 'login':
      return <LoginDialog question={question} />;
    case 'existing-file':
      return <ExistingFileDialog question={question} />;
    case 'unlock':
      return <UnlockDialog question={question} />;
  }
}

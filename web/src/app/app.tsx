import { lazy, Suspense, type ReactNode } from 'react';
import type { SessionState } from '#protocols/http/contract/page/session.ts';
import { session } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { DialogHost } from './dialog-host.tsx';
import { Notices } from './notices.tsx';
import { Waiting } from './waiting.tsx';

const TwoPanes = lazy(async () => ({ default: (await import('./two-panes.tsx')).TwoPanes }));
const Hosted = lazy(async () => ({ default: (await import('../hosted/hosted.tsx')).Hosted }));
const DropBox = lazy(async () => ({ default: (await import('../hosted/drop-box.tsx')).DropBox }));
const Login = lazy(async () => ({ default: (await import('../hosted/login.tsx')).Login }));
const Administration = lazy(async () => ({
  default: (await import('../admin/administration.tsx')).Administration,
}));

/** Which of its faces the page shows: decided by what its backend is and by who has logged in. */
export function App(): ReactNode {
  const state = useStore(session);
  return (
    <>
      <Suspense fallback={<Waiting />}>{face(state)}</Suspense>
      <DialogHost />
      <Notices />
    </>
  );
}

/** Whether somebody came by a link that shows nothing and takes files. */
function takesOnly({ user, features }: SessionState): boolean {
  return user !== null && user.share !== null && features.uploads && !features.archives;
}

function face(state: ReturnType<typeof session.get>): ReactNode {
  if (state === null) return <Waiting />;
  if (location.pathname.startsWith('/admin')) return <Administration />;
  if (state.user === null) return <Login />;
  if (takesOnly(state)) return <DropBox user={state.user} title={state.title} />;
  return state.mode === 'local' ? <TwoPanes /> : <Hosted />;
}

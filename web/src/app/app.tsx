import { lazy, Suspense, type ReactNode } from 'react';
import { session } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { DialogHost } from './dialog-host.tsx';
import { Notices } from './notices.tsx';
import { Waiting } from './waiting.tsx';

const TwoPanes = lazy(async () => ({ default: (await import('./two-panes.tsx')).TwoPanes }));
const Hosted = lazy(async () => ({ default: (await import('../hosted/hosted.tsx')).Hosted }));
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

function face(state: ReturnType<typeof session.get>): ReactNode {
  if (state === null) return <Waiting />;
  if (location.pathname.startsWith('/admin')) return <Administration />;
  if (state.user === null) return <Login />;
  return state.mode === 'local' ? <TwoPanes /> : <Hosted />;
}

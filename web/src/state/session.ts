import type { SessionState } from '#protocols/http/contract/page/session.ts';
import { call, useSessionForCalls } from '../api/call.ts';
import { closeSocket, listen, openSocket } from '../api/socket.ts';
import { createStore } from './store.ts';

/** Null until the backend has told; without a user the page shows its login. */
export const session = createStore<SessionState | null>(null);

/** Why the page went back to its login, for people. */
export const sessionEnd = createStore<string | null>(null);

/** Takes a session that a login or the start of the page brought. */
export function enter(state: SessionState): void {
  useSessionForCalls(state.csrfToken, () => leave('The session is over. Log in to go on where you were.'));
  session.set(state);
  document.title = state.title;
  if (state.user === null) closeSocket();
  else {
    sessionEnd.set(null);
    // The administration is asked for what it shows, and has its own stream of what happens.
    if (!location.pathname.startsWith('/admin')) openSocket();
  }
}

/** Goes back to the login; what is on the screen stays in memory for the next one. */
export function leave(reason: string | null): void {
  const state = session.get();
  if (state === null || state.user === null) return;
  sessionEnd.set(reason);
  closeSocket();
  session.set({ ...state, user: null });
}

/** Finds out who the page talks to, with the one-time token of the address when there is one. */
export async function begin(): Promise<void> {
  const token = /^#token=(.+)$/u.exec(location.hash)?.[1];
  const state = await call('GET /session');
  if (token === undefined || state.user !== null) {
    enter(state);
    return;
  }
  // The token works once; nobody shall find it in the history.
  history.replaceState(null, '', location.pathname);
  useSessionForCalls(state.csrfToken, () => undefined);
  try {
    enter(await call('POST /session/token', { body: { token: decodeURIComponent(token) } }));
  } catch (error) {
    enter(state);
    throw error;
  }
}

const endings = {
  expired: 'The session has expired. Log in to go on where you were.',
  'logged-out': 'You have logged out.',
  kicked: 'An administrator has ended the session.',
  stopping: 'wherry was stopped.',
} as const;

listen('session-ended', ({ reason }) => leave(endings[reason]));

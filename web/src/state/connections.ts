import { useMemo } from 'react';
import type { ConnectionRecord, ConnectRequest } from '#protocols/http/contract/page/files.ts';
import type { Question, QuestionAnswer } from '#protocols/http/contract/page/trust.ts';
import { call, describe, PageError } from '../api/call.ts';
import { listen } from '../api/socket.ts';
import { notify } from './notices.ts';
import { createStore, useStore } from './store.ts';

/** Every connection the backend holds, by its id. */
export const connections = createStore<ReadonlyMap<string, ConnectionRecord>>(new Map());

/** Questions that wait for an answer, oldest first. */
export const questions = createStore<readonly Question[]>([]);

const waiting = new Map<string, ((record: ConnectionRecord) => void)[]>();
/** Connections that the person at this page would rather not have after all. */
const declined = new Set<string>();

function put(record: ConnectionRecord): void {
  connections.set(new Map(connections.get()).set(record.id, record));
  if (record.state === 'connecting') return;
  for (const resolve of waiting.get(record.id) ?? []) resolve(record);
  waiting.delete(record.id);
}

listen('hello', (message) => {
  connections.set(new Map(message.connections.map((record) => [record.id, record])));
  for (const record of message.connections) put(record);
  questions.set(message.questions);
});
listen('connection', ({ connection }) => put(connection));
listen('connection-removed', ({ connection }) => {
  const next = new Map(connections.get());
  next.delete(connection);
  connections.set(next);
  declined.delete(connection);
});
listen('question', ({ question }) => questions.set([...questions.get(), question]));
listen('question-closed', ({ question }) =>
  questions.set(questions.get().filter(({ id }) => id !== question)),
);

/** Begins to connect; the record says `connecting` until {@link settled}. */
export async function connect(request: ConnectRequest): Promise<ConnectionRecord> {
  const record = await call('POST /connections', { body: request });
  // The socket may have told of a later state already.
  const known = connections.get().get(record.id);
  if (known === undefined) put(record);
  return known ?? record;
}

/** Waits until a connection is through, or has failed. */
export function settled(record: ConnectionRecord): Promise<ConnectionRecord> {
  const known = connections.get().get(record.id) ?? record;
  if (known.state !== 'connecting') return Promise.resolve(known);
  return new Promise((resolve) => waiting.set(record.id, [...(waiting.get(record.id) ?? []), resolve]));
}

/** Whether a connection came to nothing because a question about it was cancelled here: that is no news to anybody. */
export function wasDeclined({ id }: ConnectionRecord): boolean {
  return declined.has(id);
}

export async function reconnect(id: string): Promise<ConnectionRecord> {
  declined.delete(id);
  const record = await call('POST /connections/:connection/reconnect', { params: { connection: id } });
  put(record);
  return settled(record);
}

export async function disconnect(id: string): Promise<void> {
  await call('DELETE /connections/:connection', { params: { connection: id } });
}

/** Answers a question; one that somebody else has answered meanwhile is only taken away. */
export async function answer(question: Question, given: QuestionAnswer): Promise<void> {
  if (given.answer === 'cancel' && question.connection !== null) declined.add(question.connection);
  try {
    await call('POST /questions/:question/answer', { params: { question: question.id }, body: given });
  } catch (error) {
    if (!(error instanceof PageError && error.failure.code === 'not-found')) {
      notify('error', describe(error));
      return;
    }
  }
  questions.set(questions.get().filter(({ id }) => id !== question.id));
}

/** One connection, or null while it is unknown. */
export function useConnection(id: string | null): ConnectionRecord | null {
  return useStore(
    connections,
    useMemo(
      () => (all: ReadonlyMap<string, ConnectionRecord>) => (id === null ? null : (all.get(id) ?? null)),
      [id],
    ),
  );
}

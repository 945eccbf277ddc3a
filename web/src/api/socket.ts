import { eventsPath, pagePrefix } from '#protocols/http/contract/page/common.ts';
import type { PageMessage, ServerMessage } from '#protocols/http/contract/page/events.ts';
import { createStore } from '../state/store.ts';

type MessageOf<Type extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: Type }>;
type Listener = (message: ServerMessage) => void;

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** Proxies cut sockets that are silent for a minute. */
const pingMs = 30_000;

/** Whether events arrive; the page says so when they do not. */
export const socketState = createStore<'closed' | 'open' | 'lost'>('closed');

const listeners = new Map<string, Set<Listener>>();
let socket: WebSocket | null = null;
let wanted = false;
let delayMs = firstDelayMs;
let lastWatch: PageMessage | null = null;

/** Hears messages of one type; returns how to stop. */
export function listen<Type extends ServerMessage['type']>(
  type: Type,
  listener: (message: MessageOf<Type>) => void,
): () => void {
  const known = listeners.get(type) ?? new Set();
  listeners.set(type, known);
  known.add(listener as Listener);
  return () => known.delete(listener as Listener);
}

/** Opens the socket and keeps it open until {@link closeSocket}. */
export function openSocket(): void {
  wanted = true;
  if (socket !== null) return;
  const address = new URL(`${pagePrefix}${eventsPath}`, location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  const opened = new WebSocket(address);
  socket = opened;
  const ping = setInterval(() => tell({ type: 'ping' }), pingMs);
  opened.addEventListener('open', () => {
    delayMs = firstDelayMs;
    socketState.set('open');
    if (lastWatch !== null) tell(lastWatch);
  });
  opened.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as ServerMessage;
    for (const listener of listeners.get(message.type) ?? []) listener(message);
  });
  opened.addEventListener('close', () => {
    clearInterval(ping);
    if (socket === opened) socket = null;
    socketState.set(wanted ? 'lost' : 'closed');
    if (!wanted) return;
    setTimeout(() => wanted && openSocket(), delayMs);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  });
}

/** Ends the socket for good. */
export function closeSocket(): void {
  wanted = false;
  socket?.close();
}

/** Says something to the backend; what is on show is said again after a reconnection. */
export function tell(message: PageMessage): void {
  if (message.type === 'watch') lastWatch = message;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

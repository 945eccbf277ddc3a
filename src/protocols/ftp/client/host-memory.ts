import type { PipeliningDepth } from './options.ts';

/** How a data connection is asked for. */
export type DataWay = 'EPSV' | 'PASV' | 'EPRT' | 'PORT';

/** While one connection tries it, and after it has failed, the others do without. */
export type CallingState = 'untried' | 'trying' | 'works' | 'fails';

/** What was learned of a server and holds for the next connection to it. */
export interface HostMemory {
  /** The way that last led to a data connection. */
  provenWay: DataWay | null;
  /** Ways that failed, which are tried last. */
  readonly failedWays: Set<DataWay>;
  /** What came of letting the server call without having been told to. */
  calling: CallingState;
  /** What commands the server copes with ahead; null while nothing is known. */
  pipelining: PipeliningDepth | null;
}

/** Servers remembered at once; the one that was asked for longest ago goes first. */
const maximumHosts = 256;

const memories = new Map<string, HostMemory>();

/** The memory of one server, shared by all connections of this process to it. */
export function memoryOf(host: string, port: number): HostMemory {
  const key = `${host.toLowerCase()}:${port}`;
  const known = memories.get(key) ?? nothingKnown();
  memories.delete(key);
  memories.set(key, known);
  if (memories.size > maximumHosts) {
    const [oldest] = memories.keys();
    if (oldest !== undefined) memories.delete(oldest);
  }
  return known;
}

function nothingKnown(): HostMemory {
  return { provenWay: null, failedWays: new Set<DataWay>(), calling: 'untried', pipelining: null };
}

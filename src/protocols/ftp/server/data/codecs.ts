import type { Codec } from '#engine/transfer.ts';
import type { TransferParameters } from '../state.ts';
import { AsciiDecoder, AsciiEncoder } from '../../wire/ascii.ts';
import { BlockDecoder, BlockEncoder } from '../../wire/block-mode.ts';
import { RecordDecoder, RecordEncoder } from '../../wire/record-structure.ts';
import { DeflateCodec, InflateCodec } from './zlib-codecs.ts';

/** A state machine of the wire layer: synchronous, one direction. */
interface Machine {
  transform(chunk: Uint8Array): Uint8Array;
  flush(): Uint8Array;
}

class MachineCodec implements Codec {
  readonly ended = false;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  transform(chunk: Uint8Array): Uint8Array {
    return this.#machine.transform(chunk);
  }

  finish(): Uint8Array {
    return this.#machine.flush();
  }
}

/** MODE B, receiving: the end of the file is a block of its own, whatever the connection does after it. */
class BlockCodec implements Codec {
  ended = false;
  readonly #decoder: BlockDecoder;

  constructor(decoder: BlockDecoder) {
    this.#decoder = decoder;
  }

  transform(chunk: Uint8Array): Uint8Array {
    this.#decoder.push(chunk);
    const parts: Uint8Array[] = [];
    for (let event = this.#decoder.next(); event !== null; event = this.#decoder.next()) {
      if (event.kind === 'data') parts.push(event.bytes);
      if (event.kind === 'end') this.ended = true;
    }
    return parts.length === 1 ? (parts[0] ?? chunk) : Buffer.concat(parts);
  }

  finish(): Uint8Array {
    this.#decoder.finish();
    return new Uint8Array(0);
  }
}

/** Several codecs, each fed with what the one before gives. */
class CodecChain implements Codec {
  readonly #codecs: readonly Codec[];
  readonly maximumChunk: number | undefined;

  constructor(codecs: readonly Codec[]) {
    this.#codecs = codecs;
    this.maximumChunk = codecs[0]?.maximumChunk;
  }

  get ended(): boolean {
    return this.#codecs[0]?.ended === true;
  }

  async transform(chunk: Uint8Array): Promise<Uint8Array> {
    let current = chunk;
    for (const codec of this.#codecs) current = await codec.transform(current);
    return current;
  }

  async finish(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (const [index, codec] of this.#codecs.entries()) {
      let rest: Uint8Array = Buffer.from(await codec.finish());
      for (const later of this.#codecs.slice(index + 1)) rest = Buffer.from(await later.transform(rest));
      parts.push(rest);
    }
    return Buffer.concat(parts);
  }
}

function chain(codecs: readonly Codec[]): Codec | null {
  if (codecs.length === 0) return null;
  return codecs.length === 1 ? (codecs[0] ?? null) : new CodecChain(codecs);
}

function encodersOfMode({ mode, compressionLevel }: TransferParameters, records: boolean): Codec[] {
  if (mode === 'block') return [new MachineCodec(new BlockEncoder({ records }))];
  if (mode === 'deflate') return [new DeflateCodec(compressionLevel)];
  return [];
}

/** How octets of a file become octets on the wire: TYPE, then STRU, then MODE. Null when they are the same. */
export function fileEncoder(parameters: TransferParameters, asText: boolean): Codec | null {
  const records = parameters.structure === 'record';
  const codecs: Codec[] = [];
  // Blocks carry the ends of records in their headers; every other mode needs them in the data.
  if (records && parameters.mode !== 'block') codecs.push(new MachineCodec(new RecordEncoder()));
  if (!records && asText) codecs.push(new MachineCodec(new AsciiEncoder()));
  return chain([...codecs, ...encodersOfMode(parameters, records)]);
}

/** The way back: MODE, then STRU, then TYPE. */
export function fileDecoder(parameters: TransferParameters, asText: boolean): Codec | null {
  const { mode } = parameters;
  const records = parameters.structure === 'record';
  const codecs: Codec[] = [];
  if (mode === 'block') codecs.push(new BlockCodec(new BlockDecoder({ records })));
  if (mode === 'deflate') codecs.push(new InflateCodec());
  if (records && mode !== 'block') codecs.push(new MachineCodec(new RecordDecoder()));
  if (!records && asText) codecs.push(new MachineCodec(new AsciiDecoder()));
  return chain(codecs);
}

/** Listings are text with their line ends in place; only MODE changes them. */
export function listingEncoder(parameters: TransferParameters): Codec | null {
  return chain(encodersOfMode(parameters, false));
}

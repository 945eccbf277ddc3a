import { defaultBlockSize } from '../wire/limits.ts';
import type { TransferOptions } from '../wire/options.ts';
import type { TftpClientOptions } from './options.ts';

/** No Ethernet frame has to be cut up for it, not even inside a tunnel or PPPoE. */
const usualBlockSize = 1428;
/** As many blocks as a default receive buffer holds several times over. */
const usualWindowSize = 32;

/**
 * The options that a request asks for; what equals the value without an option is not asked for.
 *
 * @param size octets to upload, 0 to ask for the size of a download, null when unknown
 */
export function optionsToAsk(options: TftpClientOptions, size: number | null): TransferOptions {
  if (options.withoutOptions === true) return {};
  const { blockSize = usualBlockSize, windowSize = usualWindowSize, timeoutSeconds } = options;
  return {
    blksize: blockSize === defaultBlockSize ? undefined : blockSize,
    timeout: timeoutSeconds,
    tsize: size ?? undefined,
    windowsize: windowSize === 1 ? undefined : windowSize,
  };
}

import { WherryError } from '#core/errors.ts';
import { reply } from '../../wire/reply.ts';
import { parseLongPort, type Endpoint } from '../../wire/host-port.ts';
import type { Command } from '../command.ts';
import { setActive } from '../data/set-up.ts';

/** RFC 1639 LPRT. */
export const lprt: Command = {
  verb: 'LPRT',
  syntax: 'LPRT <family,length,octets,2,p1,p2>',
  summary: 'Name the address (4 or 6) and port that data connections go to, in the long form.',
  source: 'RFC 1639',
  argument: 'required',
  keeps: ['restart'],
  features: () => ['LPRT'],
  run: (connection, argument) => {
    let target: Endpoint;
    try {
      target = parseLongPort(argument);
    } catch (thrown) {
      if (thrown instanceof WherryError && thrown.code === 'not-supported') {
        return reply(521, 'Supported address families are (4,6)');
      }
      throw thrown;
    }
    return setActive(connection, target, 'LPRT') ?? reply(200, 'LPRT successful');
  },
};

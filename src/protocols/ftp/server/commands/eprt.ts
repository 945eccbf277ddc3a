import { WherryError } from '#core/errors.ts';
import { reply } from '../../wire/reply.ts';
import { parseExtendedPort, type Endpoint } from '../../wire/host-port.ts';
import type { Command } from '../command.ts';
import { setActive } from '../data/set-up.ts';

/** RFC 2428 EPRT. */
export const eprt: Command = {
  verb: 'EPRT',
  syntax: 'EPRT |<family>|<address>|<port>|',
  summary: 'Name the address (1 = IPv4, 2 = IPv6) and port that data connections go to.',
  source: 'RFC 2428 section 2',
  argument: 'required',
  keeps: ['restart'],
  features: () => ['EPRT'],
  run: (connection, argument) => {
    let target: Endpoint;
    try {
      target = parseExtendedPort(argument);
    } catch (thrown) {
      if (thrown instanceof WherryError && thrown.code === 'not-supported') {
        return reply(522, 'Network protocol not supported, use (1,2)');
      }
      throw thrown;
    }
    return setActive(connection, target, 'EPRT') ?? reply(200, 'EPRT successful');
  },
};

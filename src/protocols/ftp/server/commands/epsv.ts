import { WherryError } from '#core/errors.ts';
import { maximumPortsAhead } from '../../wire/limits.ts';
import { reply } from '../../wire/reply.ts';
import { parseExtendedPassive, type ExtendedPassiveRequest } from '../../wire/host-port.ts';
import type { Command } from '../command.ts';
import { familyOf, setPassive } from '../data/set-up.ts';

/** RFC 2428 EPSV, with EPSV ALL. */
export const epsv: Command = {
  verb: 'EPSV',
  syntax: 'EPSV [1|2|ALL]',
  summary: 'Wait for the data connection on a port that the reply tells; ALL forbids every other way.',
  source: 'RFC 2428 section 3',
  keeps: ['restart'],
  features: () => ['EPSV', `EPSV-AHEAD ${maximumPortsAhead}`],
  run: (connection, argument) => {
    const family = familyOf(connection.session.endpoint.localAddress);
    const only = reply(522, `Network protocol not supported, use (${family === 4 ? 1 : 2})`);
    let request: ExtendedPassiveRequest;
    try {
      request = parseExtendedPassive(argument);
    } catch (thrown) {
      if (thrown instanceof WherryError && thrown.code === 'not-supported') return only;
      throw thrown;
    }
    if (request === 'all') {
      connection.state.extendedPassiveOnly = true;
      return reply(200, 'Only EPSV from now on');
    }
    if (request !== 'default' && request !== family) return only;
    return setPassive(connection, 'EPSV');
  },
};

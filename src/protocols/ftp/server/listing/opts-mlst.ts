import { formatFactFeature, formatFactSelection, parseFactSelection } from '../../wire/fact-selection.ts';
import { factNames, type FactSelection } from '../../wire/facts.ts';
import { reply, type Reply } from '../../wire/reply.ts';
import type { FtpConnection } from '../connection.ts';

const availableFacts: FactSelection = new Set(factNames);

/**
 * OPTS MLST (RFC 3659 section 7.9): selects the facts of MLSD and MLST.
 *
 * @throws WherryError `invalid-argument` for a list with spaces; the selection is then as before
 */
export function optsMlst(connection: FtpConnection, argument: string): Reply {
  const { parameters } = connection.state;
  parameters.facts = parseFactSelection(argument, availableFacts);
  return reply(200, formatFactSelection(parameters.facts));
}

/** The line of FEAT for MLSD and MLST: every fact, the selected ones with a star. */
export function mlstFeature(connection: FtpConnection): string {
  return formatFactFeature(availableFacts, connection.state.parameters.facts);
}

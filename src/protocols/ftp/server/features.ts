import type { FtpConnection } from './connection.ts';

/** Every extension that is really there, as the rows tell it (RFC 2389). */
export function listFeatures(connection: FtpConnection): readonly string[] {
  const features = connection.context.commands.rows.flatMap(
    (command) => command.features?.(connection) ?? [],
  );
  return [...features, 'UTF8', 'TVFS'].sort((left, right) => left.localeCompare(right, 'en'));
}

import { WherryError } from '#core/errors.ts';
import { printableName } from '#core/name-encoding.ts';

/** Names that Windows gives to devices in every directory, with any extension (CON, CON.txt). */
const deviceName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$| )/i;

/** What a name of Windows cannot hold; the colon would open another stream of a file. */
// oxlint-disable-next-line no-control-regex -- control characters are among them
const windowsForbidden = /[\u0000-\u001f<>:"|?*\\]|[. ]$/;

/**
 * Whether a name that a server told is a single component that can safely be used on a disk: not empty, `.` or
 * `..`, without `/` or NUL, and on Windows nothing that names a device, a stream or another directory.
 */
export function isSafeName(name: string, platform: NodeJS.Platform = process.platform): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return false;
  return platform !== 'win32' || !(deviceName.test(name) || windowsForbidden.test(name));
}

/** @throws WherryError `name-invalid` for a name that {@link isSafeName} refuses */
export function requireSafeName(name: string, platform: NodeJS.Platform = process.platform): void {
  if (isSafeName(name, platform)) return;
  throw new WherryError(
    'name-invalid',
    `Cannot use the name "${printableName(name)}" that the server told: it could lead out of the target directory`,
    { path: printableName(name) },
  );
}

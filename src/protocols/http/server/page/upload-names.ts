import { WherryError } from '#core/errors.ts';
import { joinName, nameOf, parentOf, type VirtualPath } from '#core/virtual-path.ts';
import type { Session } from '#engine/session.ts';
import type { AnnouncedUpload } from './announced-upload.ts';
import { HostedUpload } from './hosted-upload.ts';
import { ownPath } from './shares/share-session.ts';

/** The number of names that are tried, this one and those with numbers. */
const maximumNumber = 1000;

/**
 * Opens uploads under names that are free, and that no other upload of the same account is on its way to: a file gets
 * its name when its last octet is there, which is too late to hear that it is taken.
 */
export class UploadNames {
  readonly #underWay = new Set<string>();

  /** Begins an upload, under the next name that is free where this one is not. @throws WherryError why it may not be */
  async begin(session: Session, wanted: AnnouncedUpload): Promise<HostedUpload> {
    for (let number = 1; ; number += 1) {
      const path = number === 1 ? wanted.path : numbered(wanted.path, number);
      try {
        return await this.#beginAt(session, { ...wanted, path });
      } catch (error) {
        const isTaken = error instanceof WherryError && error.code === 'exists';
        if (!isTaken || !wanted.mayRename || number === maximumNumber) throw error;
      }
    }
  }

  async #beginAt(session: Session, wanted: AnnouncedUpload): Promise<HostedUpload> {
    const name = `${session.account?.name ?? ''} ${ownPath(session, wanted.path)}`;
    const isOnItsWay = this.#underWay.has(name);
    if (isOnItsWay && wanted.mayRename) throw new WherryError('exists', 'A file of this name is on its way');
    this.#underWay.add(name);
    const free = (): void => {
      // Of two who insist on one name, the first keeps it for itself until it has ended.
      if (!isOnItsWay) this.#underWay.delete(name);
    };
    try {
      const upload = new HostedUpload(session, wanted);
      upload.ended.then(free, free);
      await upload.begun;
      return upload;
    } catch (error) {
      free();
      throw error;
    }
  }
}

/** `name (2).txt` for `name.txt`. */
function numbered(path: VirtualPath, number: number): VirtualPath {
  const [, stem = '', extension = ''] = /^(.+?)(\.[^.]*)?$/su.exec(nameOf(path)) ?? [];
  return joinName(parentOf(path), `${stem} (${number})${extension}`);
}

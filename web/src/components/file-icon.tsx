import {
  AppWindow,
  Braces,
  File,
  FileArchive,
  FileImage,
  FileKey,
  FileMusic,
  FileSpreadsheet,
  FileText,
  FileType,
  FileVideoCamera,
  Folder,
  SquareArrowOutUpRight,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import type { EntryRecord } from '#protocols/http/contract/page/files.ts';
import { kindOf, type FileKind } from '../model/file-kind.ts';

const icons: Readonly<Record<FileKind, LucideIcon>> = {
  directory: Folder,
  link: SquareArrowOutUpRight,
  picture: FileImage,
  video: FileVideoCamera,
  sound: FileMusic,
  archive: FileArchive,
  code: Braces,
  text: FileText,
  sheet: FileSpreadsheet,
  pdf: FileType,
  program: AppWindow,
  key: FileKey,
  other: File,
};

/** The picture of an entry in the colour of its kind. */
export function FileIcon({
  entry,
  size = 17,
}: {
  readonly entry: EntryRecord;
  readonly size?: number;
}): ReactNode {
  const kind = kindOf(entry);
  const Icon = icons[kind];
  return <Icon aria-hidden="true" size={size} className={`file-icon kind-${kind}`} strokeWidth={1.75} />;
}

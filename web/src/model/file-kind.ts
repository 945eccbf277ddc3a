import type { EntryRecord } from '#protocols/http/contract/page/files.ts';

/** What a file is good for, by its name; decides its picture and how it can be looked at. */
export type FileKind =
  | 'directory'
  | 'link'
  | 'picture'
  | 'video'
  | 'sound'
  | 'archive'
  | 'code'
  | 'text'
  | 'sheet'
  | 'pdf'
  | 'program'
  | 'key'
  | 'other';

const extensions: Readonly<Partial<Record<FileKind, string>>> = {
  picture: 'png jpg jpeg gif webp avif bmp ico svg tif tiff heic',
  video: 'mp4 webm mkv mov avi m4v ogv',
  sound: 'mp3 ogg oga wav flac m4a aac opus',
  archive: 'zip tar gz tgz bz2 xz zst 7z rar iso deb rpm dmg jar',
  code: 'js mjs cjs ts tsx jsx html htm css scss php py rb go rs c h cpp java sh bash pl lua sql vue swift kt cs json xml yaml yml toml',
  text: 'txt md log ini conf cfg csv env rst tex htaccess gitignore',
  sheet: 'xls xlsx ods doc docx odt ppt pptx odp',
  pdf: 'pdf',
  program: 'exe msi bin app run so dll apk',
  key: 'pem crt key cer pub p12 asc gpg',
};

const kinds = new Map(
  Object.entries(extensions).flatMap(([kind, names]) =>
    names.split(' ').map((name) => [name, kind as FileKind] as const),
  ),
);

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}

export function kindOf(entry: EntryRecord): FileKind {
  if (entry.type === 'directory') return 'directory';
  if (entry.type === 'symlink') return entry.linkType === 'directory' ? 'directory' : 'link';
  return kinds.get(extensionOf(entry.name)) ?? 'other';
}

/** What a browser shows by itself. SVG is not among it: it can hold script, and is shown as text. */
const shown = /\.(?:png|jpe?g|gif|webp|avif|bmp|ico|mp4|webm|m4v|ogv|mp3|ogg|oga|wav|flac|m4a|opus|pdf)$/iu;

export function isPreviewable(name: string): boolean {
  return shown.test(name);
}

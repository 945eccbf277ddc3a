import type { DropItem } from 'react-aria-components';
import type { Place } from '#protocols/http/contract/page/common.ts';
import { startUploads, type LocalFile } from './uploads.ts';

/** Lets somebody choose files of their machine and uploads them. */
export function chooseFiles(target: Place): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])].map((file) => ({ file, relativePath: file.name }));
    void startUploads(target, files, 'rename');
  });
  input.click();
}

/** All files of what was dropped, directories with everything below them. */
export async function filesOf(items: readonly DropItem[], below = ''): Promise<readonly LocalFile[]> {
  const found: LocalFile[] = [];
  for (const item of items) {
    if (item.kind === 'file') {
      found.push({ file: await item.getFile(), relativePath: `${below}${item.name}` });
    } else if (item.kind === 'directory') {
      const entries: DropItem[] = [];
      for await (const entry of item.getEntries()) entries.push(entry);
      found.push(...(await filesOf(entries, `${below}${item.name}/`)));
    }
  }
  return found;
}

import type { VirtualPath } from '#core/virtual-path.ts';
import type { FilePlace } from '../../copy/options.ts';
import { below } from '../../mirror/walk.ts';
import type { Base, BaseRow } from '../../sync/base.ts';
import type { ChosenStep } from './plan-run.ts';
import type { PlanStep } from './plan-steps.ts';

/** What both sides have in common after a synchronisation, for the next one to tell what changed since. */
export async function baseAfter(
  settled: Base,
  chosen: readonly ChosenStep[],
  {
    done,
    sides,
  }: {
    readonly done: ReadonlySet<PlanStep>;
    readonly sides: { readonly left: FilePlace; readonly right: FilePlace };
  },
): Promise<Base> {
  const base = new Map<string, BaseRow>(settled);
  for (const { step, action } of chosen) {
    if (!done.has(step)) continue;
    const { path } = step;
    if (action.startsWith('delete')) base.delete(path);
    else if (action.startsWith('make-directory')) base.set(path, { type: 'directory' });
    else if (action.startsWith('copy')) {
      const [left, right] = await Promise.all([factsAt(sides.left, path), factsAt(sides.right, path)]);
      // What somebody has changed or removed meanwhile is for the next comparison to find.
      if (left === null || right === null || left.size !== right.size) continue;
      base.set(path, { type: 'file', size: left.size, a: left.modifiedAt, b: right.modifiedAt });
    }
  }
  return base;
}

async function factsAt(
  { fileSystem, path: top }: FilePlace,
  path: string,
): Promise<{ readonly size: number | null; readonly modifiedAt: number | null } | null> {
  const place: VirtualPath = below(top, path);
  try {
    const { type, size, modifiedAt } = await fileSystem.stat(place);
    return type === 'file' ? { size, modifiedAt } : null;
  } catch {
    return null;
  }
}

import { describe, test } from 'node:test';
import type { FileSystem } from '#core/file-system.ts';
import { attributeCases } from './conformance/attributes.ts';
import type { ConformanceCase, StorageTraits } from './conformance/harness.ts';
import { linkCases } from './conformance/links.ts';
import { readingCases } from './conformance/reading.ts';
import { treeCases } from './conformance/tree.ts';
import { writingCases } from './conformance/writing.ts';

export type { StorageTraits } from './conformance/harness.ts';

/** An empty file system for one test, and how to be rid of it. */
export interface ConformanceSubject {
  readonly fileSystem: FileSystem;
  dispose(): Promise<void>;
}

const subjects: Readonly<Record<string, readonly ConformanceCase[]>> = {
  reading: readingCases,
  writing: writingCases,
  tree: treeCases,
  links: linkCases,
  attributes: attributeCases,
};

/**
 * Registers with `node:test` everything that {@link FileSystem} promises. Each test gets a fresh, empty tree from
 * `create`. What the tree's capabilities or the traits deny is no promise, and is not looked at.
 */
export function storageConformance(
  name: string,
  create: () => Promise<ConformanceSubject>,
  traits: StorageTraits = {},
): void {
  const expected: Required<StorageTraits> = {
    invalidUtf8Names: traits.invalidUtf8Names ?? true,
    subsecondTimes: traits.subsecondTimes ?? true,
    modes: traits.modes ?? true,
    identities: traits.identities ?? true,
  };
  for (const [subject, cases] of Object.entries(subjects)) {
    describe(`${name}: ${subject}`, () => {
      for (const { title, needs, run } of cases) {
        test(title, async (context) => {
          const subject = await create();
          const { fileSystem } = subject;
          try {
            if (needs !== undefined && !needs(fileSystem.capabilities, expected)) {
              context.diagnostic('not promised by this storage');
              return;
            }
            // What `needs` has seen to be there is there.
            await run(fileSystem as Required<FileSystem>);
          } finally {
            await subject.dispose();
          }
        });
      }
    });
  }
}

import { storageConformance } from '#storage/conformance.ts';
import { MemoryFileSystem } from '#storage/index.ts';

storageConformance('memory', () =>
  Promise.resolve({
    fileSystem: new MemoryFileSystem(),
    dispose: () => Promise.resolve(),
  }),
);

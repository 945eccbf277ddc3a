import { storageConformance } from '#storage/conformance.ts';
import { FaultFileSystem, MemoryFileSystem } from '#storage/index.ts';

storageConformance('fault injection without faults', () =>
  Promise.resolve({
    fileSystem: new FaultFileSystem(new MemoryFileSystem()),
    dispose: () => Promise.resolve(),
  }),
);

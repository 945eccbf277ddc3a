import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { storageConformance } from '#storage/conformance.ts';
import { makeScratchTree } from '#test/storage/scratch.ts';

// In memory where there is such a place: thousands of real flushes would test the disk, not this.
const quickDisk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

storageConformance('local', () => makeScratchTree());
storageConformance('local, durable', () => makeScratchTree({ durability: 'disk' }, quickDisk));
storageConformance('local, with a mask of its own', () => makeScratchTree({ umask: 0 }, quickDisk));

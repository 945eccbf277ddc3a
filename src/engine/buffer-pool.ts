export { BufferPool } from '#core/buffer-pool.ts';

/**
 * The path of `name` in the directory behind a descriptor. Node has no `openat`; the kernel resolves this path to
 * the very directory that is open, wherever it has been moved to.
 *
 * @param name octets as latin1
 */
export function descriptorPath(directoryFd: number, name: string): Buffer {
  return Buffer.from(`/proc/self/fd/${directoryFd}/${name}`, 'latin1');
}

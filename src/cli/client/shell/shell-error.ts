/** A command that was called in a way that makes no sense, or does not exist. */
export class ShellError extends Error {
  override readonly name = 'ShellError';
}

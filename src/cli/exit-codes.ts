/** How the program ends; scripts rely on these numbers. */
export const ExitCode = Object.freeze({
  done: 0,
  someFailed: 1,
  usage: 2,
  cannotConnect: 3,
  loginRefused: 4,
  notAllowed: 5,
  notTrusted: 6,
  timedOut: 7,
  notIdentical: 8,
  interrupted: 130,
});

/** Words of the command line that make no sense; the message says which, and what is allowed instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

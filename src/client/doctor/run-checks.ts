import { toWherryError } from '#core/errors.ts';
import { problem, skipped, type Finding, type Outcome } from './finding.ts';

/** A check: one row of a table of them. */
export interface Check<Context> {
  readonly id: string;
  /** What is looked at, in a few words for people. */
  readonly title: string;
  /** Checks that must have come out `ok` or `warning` before; names that are not in the table do not count. */
  readonly needs: readonly string[];
  /** Checks that use the same thing run one after the other, in the order of the table. */
  readonly uses?: string;
  /**
   * Looks. What it throws becomes a problem with the error's own words.
   *
   * @param signal aborted when the time is up
   */
  readonly run: (context: Context, signal: AbortSignal) => Promise<Outcome>;
}

/** How long checks may take, in milliseconds. */
export interface CheckTimes {
  readonly eachMs: number;
  readonly allMs: number;
}

/**
 * Runs a table of checks, those side by side that do not need each other, and gives their findings in the order of
 * the table as soon as they are there. Nothing is thrown and nothing waits longer than the times say.
 */
export async function* runChecks<Context>(
  table: readonly Check<Context>[],
  context: Context,
  options: { readonly times: CheckTimes; readonly signal: AbortSignal },
): AsyncGenerator<Finding> {
  const allOver = AbortSignal.any([options.signal, AbortSignal.timeout(options.times.allMs)]);
  const findings = new Map<string, Promise<Finding>>();
  const lastUsers = new Map<string, Promise<unknown>>();
  for (const check of table) {
    const needed = check.needs.map((id) => findings.get(id)).filter((finding) => finding !== undefined);
    const before = check.uses === undefined ? undefined : lastUsers.get(check.uses);
    const finding = (async (): Promise<Finding> => {
      const [outcomes] = await Promise.all([Promise.all(needed), before]);
      const missing = outcomes.find(({ verdict }) => verdict === 'problem' || verdict === 'skipped');
      const { id, title } = check;
      const outcome =
        missing === undefined
          ? await runCheck(check, context, { allOver, eachMs: options.times.eachMs })
          : skippedBehind(missing);
      return { check: id, title, ...outcome };
    })();
    findings.set(check.id, finding);
    if (check.uses !== undefined) lastUsers.set(check.uses, finding);
  }
  for (const finding of findings.values()) yield await finding;
}

/** A check that was not tried because one before it went wrong; the one at the root is named. */
function skippedBehind({ verdict, seen, title }: Finding): Outcome {
  return skipped(verdict === 'skipped' ? seen : `not tried, because of: ${title}`);
}

async function runCheck<Context>(
  check: Check<Context>,
  context: Context,
  { allOver, eachMs }: { readonly allOver: AbortSignal; readonly eachMs: number },
): Promise<Outcome> {
  if (allOver.aborted) return skipped('not tried: the time for the examination was over');
  const signal = AbortSignal.any([allOver, AbortSignal.timeout(eachMs)]);
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    reject(toWherryError(signal.reason, check.title));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([check.run(context, signal), timeUp]);
  } catch (thrown) {
    if (signal.aborted) return outOfTime();
    const { code, message } = toWherryError(thrown, `look at ${check.title}`);
    return problem(code, message, {
      side: code === 'timeout' ? 'network' : 'server',
      cause: 'the conversation broke off here',
      remedy: 'run it again with --verbose, which shows what was said up to this point',
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function outOfTime(): Outcome {
  return problem('timeout', 'no result in the time allowed', {
    side: 'network',
    cause: 'the other side accepted what was sent and did not answer',
    remedy: 'try again, with --timeout for a slow server; a firewall that drops packets looks like this too',
  });
}

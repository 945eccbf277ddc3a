import type { ExistingFileChoice, TransferRecord } from '#protocols/http/contract/page/queue.ts';
import type { Questions } from './questions.ts';

/** What is compared of a file before one takes the place of the other. */
export interface ComparedFile {
  readonly name: string;
  readonly size: number | null;
  readonly modifiedAt: number | null;
}

/** What becomes of a transfer whose target exists. */
export type ExistingOutcome =
  | { readonly action: 'overwrite' }
  /** Goes on where the target ends, if that is how the source begins. */
  | { readonly action: 'resume' }
  | { readonly action: 'skip' }
  | {
      readonly action: 'rename';
      readonly name: string;
      /** Whether the name was made by a number, and not chosen by somebody. */
      readonly isNumbered: boolean;
    };

/** The outcome, and how far the answer reaches. */
export type ExistingDecision = ExistingOutcome & {
  readonly choice: ExistingFileChoice;
  readonly always: 'no' | 'queue' | 'direction';
  readonly asDefault: boolean;
};

/** Times of FTP listings may be no finer than this. */
const sameTimeMs = 2000;

/** Decides by the rule that holds, or asks. Somebody who gives up on the question skips the file. */
export async function chooseForExisting(request: {
  readonly transfer: TransferRecord;
  readonly places: readonly [source: ComparedFile, target: ComparedFile];
  readonly policy: ExistingFileChoice | 'ask';
  readonly questions: Questions;
  readonly signal: AbortSignal;
}): Promise<ExistingDecision> {
  const { transfer, places, policy, questions, signal } = request;
  const [source, target] = places;
  const byRule = { always: 'no', asDefault: false } as const;
  if (policy !== 'ask') return { ...outcomeOf(policy, source, target), choice: policy, ...byRule };
  const answer = await questions.ask(
    {
      kind: 'existing-file',
      connection: null,
      transfer,
      source: recordOf(source),
      target: recordOf(target),
      resumable: isShorter(target, source),
    },
    signal,
  );
  if (answer.answer !== 'existing-file') return { action: 'skip', choice: 'skip', ...byRule };
  const { choice, always, asDefault, newName } = answer;
  const isName = newName !== undefined && newName !== '.' && newName !== '..' && !/[/\0]/u.test(newName);
  const outcome =
    choice === 'rename' && isName
      ? ({ action: 'rename', name: newName, isNumbered: false } as const)
      : outcomeOf(choice, source, target);
  return { ...outcome, choice, always, asDefault };
}

/** Whether a file may be the beginning of another. */
function isShorter(one: ComparedFile, other: ComparedFile): boolean {
  return one.size !== null && other.size !== null && one.size > 0 && one.size < other.size;
}

function recordOf({ name, size, modifiedAt }: ComparedFile): {
  readonly name: string;
  readonly type: 'file';
  readonly size?: number;
  readonly modifiedAt?: number;
} {
  return {
    name,
    type: 'file',
    ...(size === null ? {} : { size }),
    ...(modifiedAt === null ? {} : { modifiedAt }),
  };
}

/** What a choice comes to for two files. What is not known of them counts as different. */
export function outcomeOf(
  choice: ExistingFileChoice,
  source: ComparedFile,
  target: ComparedFile,
): ExistingOutcome {
  const isNewer =
    source.modifiedAt === null ||
    target.modifiedAt === null ||
    source.modifiedAt > target.modifiedAt + sameTimeMs;
  const isOther = source.size === null || source.size !== target.size;
  const overwrite = { action: 'overwrite' } as const;
  const skip = { action: 'skip' } as const;
  const outcomes: Readonly<Record<ExistingFileChoice, ExistingOutcome>> = {
    overwrite,
    'overwrite-if-newer': isNewer ? overwrite : skip,
    'overwrite-if-different-size': isOther ? overwrite : skip,
    'overwrite-if-different-size-or-newer': isOther || isNewer ? overwrite : skip,
    resume: { action: 'resume' },
    rename: { action: 'rename', name: numbered(target.name), isNumbered: true },
    skip,
  };
  return outcomes[choice];
}

/** `name (2).txt` for `name.txt`, and so on. */
export function numbered(name: string): string {
  const match = /^(.+?)(?: \((\d{1,6})\))?(\.[^.]*)?$/u.exec(name);
  if (match === null) return `${name} (2)`;
  const [, stem = name, number, extension = ''] = match;
  return `${stem} (${number === undefined ? 2 : Number(number) + 1})${extension}`;
}

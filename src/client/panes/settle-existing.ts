import { WherryError } from '#core/errors.ts';
import { joinName, nameOf, parentOf, resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { ExistingFileChoice, TransferRecord } from '#protocols/http/contract/page/queue.ts';
import { parseAddress } from '../address.ts';
import type { FilePlace } from '../copy/options.ts';
import type { Direction, Job, JobOptions } from '../queue/job.ts';
import { chooseForExisting, type ComparedFile, type ExistingDecision } from './existing-file.ts';
import type { Questions } from './questions.ts';
import { addressAt } from './scan-directory.ts';

/** What a transfer needs to overwrite, go on or stop at a target, as the queue keeps it. */
export function optionsFor(
  existing: ExistingFileChoice | 'ask',
): Pick<JobOptions, 'overwrite' | 'resume' | 'existing'> {
  // Only who asked for it has a file under the target's name taken for the beginning of this one.
  if (existing === 'resume') return { overwrite: true, resume: true };
  return { overwrite: existing === 'overwrite', resume: 'parts' };
}

/** How the queue deals with targets that exist: by rules, by asking, and by answers that hold for what follows. */
export interface ExistingTargetsOptions {
  readonly questions: Questions;
  /** What the settings say of a direction. */
  readonly ruleOf: (direction: Direction) => ExistingFileChoice | 'ask';
  readonly makeDefault: (choice: ExistingFileChoice, direction: Direction) => Promise<void>;
  /** Runs something with the place of an address. */
  readonly use: <T>(address: string, action: (place: FilePlace) => Promise<T>) => Promise<T>;
}

/** What becomes of a transfer: it is left out, or begins anew with this. */
export type ExistingSettlement = 'skip' | { readonly to: string; readonly options: JobOptions };

/** Decides what becomes of transfers whose targets exist. */
export class ExistingTargets {
  readonly #options: ExistingTargetsOptions;
  /** Answers that hold for all questions to come, by direction. */
  readonly #always = new Map<Direction, ExistingFileChoice>();

  constructor(options: ExistingTargetsOptions) {
    this.#options = options;
  }

  /** What holds for a direction at the moment. */
  ruleFor(direction: Direction): ExistingFileChoice | 'ask' {
    return this.#always.get(direction) ?? this.#options.ruleOf(direction);
  }

  /** Answers that were given for a whole queue hold no longer: it has come to its end. */
  forget(): void {
    this.#always.clear();
  }

  /** Looks at both files and decides. @throws WherryError when they cannot be looked at, `aborted` */
  async settle(job: Job, transfer: TransferRecord, signal: AbortSignal): Promise<ExistingSettlement> {
    const { direction } = transfer;
    const places = [await this.#fileAt(job.from), await this.#fileAt(job.to)] as const;
    const given = job.options.existing as ExistingFileChoice | undefined;
    const policy = given ?? this.ruleFor(direction);
    const { questions } = this.#options;
    const chosen = await chooseForExisting({ transfer, places, policy, questions, signal });
    if (signal.aborted) throw new WherryError('aborted', 'The transfer was taken out of the queue');
    await this.#keepAnswer(chosen, direction);
    if (chosen.action === 'skip') return 'skip';
    const { options } = job;
    if (chosen.action !== 'rename')
      return { to: job.to, options: { ...options, ...optionsFor(chosen.action) } };
    const path = resolveVirtualPath(rootPath, `/${parseAddress(job.to).path}`);
    const to = addressAt(job.to, joinName(parentOf(path), chosen.name));
    // A number that is taken leads to the next; a name that somebody chose is asked about again.
    return { to, options: { ...options, ...(chosen.isNumbered ? { existing: 'rename' } : {}) } };
  }

  async #keepAnswer({ choice, always, asDefault }: ExistingDecision, direction: Direction): Promise<void> {
    if (asDefault) await this.#options.makeDefault(choice, direction);
    if (always === 'no') return;
    const directions: readonly Direction[] =
      always === 'queue' ? ['upload', 'download', 'between'] : [direction];
    for (const one of directions) this.#always.set(one, choice);
    this.#options.questions.answerAll((question) =>
      question.kind === 'existing-file' && directions.includes(question.transfer.direction)
        ? { answer: 'existing-file', choice, always: 'no', asDefault: false }
        : null,
    );
  }

  async #fileAt(address: string): Promise<ComparedFile> {
    return this.#options.use(address, async ({ fileSystem, path }) => {
      const { size, modifiedAt } = await fileSystem.stat(path);
      return { name: nameOf(path), size, modifiedAt };
    });
  }
}

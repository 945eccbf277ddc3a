import type { AccessDecision, AccessPolicy, Permission } from '#core/permission.ts';
import { permissions } from '#core/permission.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { parentOf, pathSegments, rootPath } from '#core/virtual-path.ts';
import type { AccessRule } from '../settings/settings.ts';
import type { Origin } from '../settings/origin.ts';
import { describeOrigin } from '../settings/origin.ts';
import { compileGlob, type Glob, type PathNames } from './glob.ts';
import { Trials } from './trials.ts';

/** A rule with where it comes from. */
export interface SourcedRule extends AccessRule {
  readonly origin: Origin;
  /** Its number among the rules of that origin, from 1; null for one that stands for something else. */
  readonly number: number | null;
  /** Words for it in place of the usual ones. */
  readonly title?: string | undefined;
}

/** Who decides about one right at one path, and how. */
export interface AccessExplanation extends AccessDecision {
  readonly permission: Permission;
  readonly origin: Origin;
  /** The pattern of the rule that decided; null when no rule did. */
  readonly pattern: string | null;
}

interface CompiledRule {
  readonly rule: SourcedRule;
  readonly globs: readonly Glob[];
  readonly granted: AccessDecision;
  readonly denied: AccessDecision;
}

interface Candidate {
  /** The place among all rules. */
  readonly index: number;
  readonly compiled: CompiledRule;
  readonly allowed: boolean;
}

/** Directories remembered; what is walked or listed at one time lies in few. Some ten kilobytes for an account. */
const maximumDirectories = 256;
const undecided = -1;
/** Stands behind every candidate: the largest number that the table for directories takes. */
const byBase = 32_767;

/**
 * Rights by ordered rules: the first rule that covers the path and says something of the right decides; where none
 * does, `base` decides. The answer for a directory is remembered, since what covers it covers all below: for an entry
 * in it only the rules before that answer are tried, and only against the entry itself.
 */
export class RuleAccess implements AccessPolicy {
  readonly #rules: readonly CompiledRule[];
  readonly #base: AccessPolicy;
  readonly #baseOrigin: Origin;
  /** By the place of the right in {@link permissions}. */
  readonly #candidates: readonly (readonly Candidate[])[];
  /** The patterns of the candidates. */
  readonly #trials: readonly Trials[];
  readonly #places: ReadonlyMap<Permission, number>;
  /** For each directory and right the place among the candidates that decides there. */
  readonly #known = new Map<string, Int16Array>();
  #last: PathNames & { readonly path: VirtualPath } = { path: rootPath, names: [] };

  /** @throws WherryError `invalid-argument` for a pattern that is none */
  constructor(
    rules: readonly SourcedRule[],
    base: { readonly policy: AccessPolicy; readonly origin: Origin },
  ) {
    this.#rules = rules.map((rule) => compileRule(rule));
    this.#base = base.policy;
    this.#baseOrigin = base.origin;
    this.#places = new Map(permissions.map((permission, place) => [permission, place]));
    this.#candidates = permissions.map((permission) =>
      this.#rules.flatMap((compiled, index): readonly Candidate[] => {
        const { rule } = compiled;
        if (rule.deny.includes(permission)) return [{ index, compiled, allowed: false }];
        return rule.allow.includes(permission) ? [{ index, compiled, allowed: true }] : [];
      }),
    );
    this.#trials = this.#candidates.map(
      (candidates) =>
        new Trials(
          candidates.flatMap(({ compiled }, place) => compiled.globs.map((glob) => ({ place, glob }))),
        ),
    );
  }

  decide(permission: Permission, path: VirtualPath): AccessDecision {
    const place = this.#places.get(permission) ?? 0;
    const found = this.#candidates[place]?.[this.#decider(place, path)];
    if (found === undefined) return this.#base.decide(permission, path);
    return found.allowed ? found.compiled.granted : found.compiled.denied;
  }

  /** For each right who decides about it at `path`. */
  explain(path: VirtualPath): readonly AccessExplanation[] {
    return permissions.map((permission, place) => {
      const decision = this.decide(permission, path);
      const rule = this.#candidates[place]?.[this.#decider(place, path)]?.compiled.rule;
      const origin = rule?.origin ?? this.#baseOrigin;
      return { permission, ...decision, origin, pattern: rule?.path ?? null };
    });
  }

  /** The place among the right's candidates of the one that decides; {@link byBase} for none. */
  #decider(place: number, path: VirtualPath): number {
    const before = path === rootPath ? byBase : this.#directoryDecider(place, parentOf(path));
    return this.#firstAt(place, path, before);
  }

  #directoryDecider(place: number, directory: VirtualPath): number {
    let known = this.#known.get(directory);
    if (known === undefined) {
      if (this.#known.size >= maximumDirectories) this.#known.clear();
      known = new Int16Array(permissions.length).fill(undecided);
      this.#known.set(directory, known);
    }
    const remembered = known[place] ?? undecided;
    if (remembered !== undecided) return remembered;
    const decider = this.#decider(place, directory);
    known[place] = decider;
    return decider;
  }

  /** The first candidate that fits `path` itself and stands before the one that covers it from above. */
  #firstAt(place: number, path: VirtualPath, before: number): number {
    return this.#trials[place]?.firstFit(this.#namesOf(path), before) ?? before;
  }

  /** A path is asked about several times in turn; it is cut into names once. */
  #namesOf(path: VirtualPath): PathNames {
    if (this.#last.path !== path) this.#last = { path, names: pathSegments(path) };
    return this.#last;
  }
}

function compileRule(rule: SourcedRule): CompiledRule {
  const text = rule.title ?? `rule ${rule.number ?? 0} of ${describeOrigin(rule.origin)} (${rule.path})`;
  return {
    rule,
    globs: compileGlob(rule.path),
    granted: Object.freeze({ allowed: true, rule: text }),
    denied: Object.freeze({ allowed: false, rule: text }),
  };
}

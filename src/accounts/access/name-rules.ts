import type { NameDecision, NamePolicy, NameTreatment } from '#core/name-policy.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import { isWithin, nameOf, parentOf, resolveVirtualPath, rootPath } from '#core/virtual-path.ts';
import type { Origin } from '../settings/origin.ts';
import { describeOrigin } from '../settings/origin.ts';
import type { NameRule } from '../settings/settings.ts';
import { expandBraces } from './glob.ts';
import { compileName, type NameMatcher } from './wildcard.ts';

/** A name rule with where it comes from. */
export interface SourcedNameRule extends NameRule {
  readonly origin: Origin;
  /** Its number among the name rules of that origin, from 1. */
  readonly number: number;
}

interface CompiledRule {
  readonly within: VirtualPath;
  readonly matchers: readonly NameMatcher[];
  readonly decision: NameDecision;
}

const allowed: NameDecision = Object.freeze({ treatment: 'allow', rule: 'no name rule says otherwise' });

/**
 * Names by ordered rules: the first that fits decides. Letter case and the ways to compose a letter make no
 * difference, so that `.PHP` does not pass where `.php` may not.
 */
export class NameRules implements NamePolicy {
  readonly #rules: readonly CompiledRule[];
  readonly #hides: boolean;

  /** @throws WherryError `invalid-argument` for braces that stand for too many patterns */
  constructor(rules: readonly SourcedNameRule[]) {
    this.#rules = rules.map((rule) => compileRule(rule));
    this.#hides = rules.some(({ treatment }) => treatment === 'hide');
  }

  decide(path: VirtualPath): NameDecision {
    if (path === rootPath) return allowed;
    const own = this.#decideEntry(parentOf(path), nameOf(path));
    if (!this.#hides || own.treatment === 'hide') return own;
    for (let at = parentOf(path); at !== rootPath; at = parentOf(at)) {
      const above = this.#decideEntry(parentOf(at), nameOf(at));
      if (above.treatment === 'hide') return above;
    }
    return own;
  }

  within(directory: VirtualPath): (name: string) => NameTreatment {
    return (name) => this.#decideEntry(directory, name).treatment;
  }

  #decideEntry(directory: VirtualPath, name: string): NameDecision {
    const folded = foldName(name);
    for (const { within, matchers, decision } of this.#rules) {
      if (isWithin(directory, within) && matchers.some((fits) => fits(folded))) return decision;
    }
    return allowed;
  }
}

/** The form of a name that is compared: composed (NFC) and in lower case. */
export function foldName(name: string): string {
  // Plain ASCII is composed already.
  // oxlint-disable-next-line no-control-regex -- this is how ASCII is told
  return (/^[\u0000-\u007f]*$/u.test(name) ? name : name.normalize('NFC')).toLowerCase();
}

function compileRule({ names, treatment, within, origin, number }: SourcedNameRule): CompiledRule {
  const words = `name rule ${number} of ${describeOrigin(origin)} (${treatment} ${names.join(' ')})`;
  return {
    within: resolveVirtualPath(rootPath, within),
    matchers: names.flatMap((name) => expandBraces(foldName(name)).map((word) => compileName(word))),
    decision: Object.freeze({ treatment, rule: words }),
  };
}

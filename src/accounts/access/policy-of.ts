import type { NamePolicy } from '#core/name-policy.ts';
import type { AccessPolicy, Permission } from '#core/permission.ts';
import { fullAccess, noAccess, permissions, readOnlyAccess } from '#core/permission.ts';
import type { VirtualPath } from '#core/virtual-path.ts';
import type { SettledSettings } from '../settings/effective.ts';
import type { Rights } from '../settings/settings.ts';
import { NameRules } from './name-rules.ts';
import { RuleAccess, type AccessExplanation, type SourcedRule } from './rule-access.ts';

/** The rights that hold where no rule says otherwise. */
const policies: Readonly<Record<Rights, AccessPolicy>> = {
  none: noAccess,
  r: readOnlyAccess,
  rw: fullAccess,
};

const changing: readonly Permission[] = permissions.filter(
  (permission) => permission !== 'list' && permission !== 'download' && permission !== 'checksum',
);

/**
 * The rights that settings grant. Without rules they are the same everywhere, and say so.
 *
 * @param options.readOnly takes all rights to change anything, whatever the settings say
 */
export function accessOf(
  settled: SettledSettings,
  options: { readonly readOnly?: boolean | undefined } = {},
): AccessPolicy {
  const { rights } = settled.settings;
  const readOnly = options.readOnly === true;
  if (!hasRules(settled)) return readOnly && rights === 'rw' ? readOnlyAccess : policies[rights];
  return ruleAccessOf(settled, readOnly);
}

/** For each right at a path whether it is granted, by which rule, and who says that rule. */
export function explainAccess(
  settled: SettledSettings,
  path: VirtualPath,
  options: { readonly readOnly?: boolean | undefined } = {},
): readonly AccessExplanation[] {
  return ruleAccessOf(settled, options.readOnly === true).explain(path);
}

/** The names that settings hide or deny; undefined when they do neither. */
export function nameRulesOf({ settings }: SettledSettings): NamePolicy | undefined {
  return settings.nameRules.length === 0 ? undefined : new NameRules(settings.nameRules);
}

function hasRules({ settings }: SettledSettings): boolean {
  return settings.rules.length > 0 || settings.mounts.some(({ readOnly }) => readOnly);
}

function ruleAccessOf(settled: SettledSettings, readOnly: boolean): RuleAccess {
  const { settings, origins } = settled;
  const guards: SourcedRule[] = settings.mounts
    .filter((mount) => mount.readOnly)
    .map(({ path }) => ({
      path: quote(path),
      allow: [],
      deny: changing,
      origin: { from: 'mount', path },
      number: null,
      title: `the mount ${path} is read-only`,
    }));
  if (readOnly) {
    const title = 'the server is read-only';
    guards.unshift({ path: '/', allow: [], deny: changing, origin: { from: 'server' }, number: null, title });
  }
  return new RuleAccess([...guards, ...settings.rules, ...(hasRules(settled) ? [withoutLinks] : [])], {
    policy: policies[settings.rights],
    origin: origins['rights'] ?? { from: 'default' },
  });
}

/**
 * Links lead around rules that differ from path to path, so that the rights of an account with rules hold them only
 * where a rule says so.
 */
const withoutLinks: SourcedRule = {
  path: '/',
  allow: [],
  deny: ['symlink'],
  origin: { from: 'default' },
  number: null,
  title: 'an account with rules makes links only where a rule allows it',
};

function quote(path: string): string {
  return path.replaceAll(/[*?[\]{}\\,]/gu, '\\$&');
}

import type { LoginAttempt, LoginOutcome } from '#core/authentication.ts';
import { WherryError } from '#core/errors.ts';
import { planLogin, type PlanOptions } from '../login/login-plan.ts';
import { refuse } from '../refusal.ts';
import { checkSettings } from '../settings/check-settings.ts';
import { Problems } from '../settings/problems.ts';
import { loginMethods, noSettings, settingNames, type LoginMethod } from '../settings/settings.ts';

/** Longest answer in octets: more than a thousand rules take. */
export const maximumAnswerBytes = 256 * 1024;
const longestReason = 200;

/**
 * Reads an answer to a login: `{"outcome":"accepted","account":{…settings…}}`, `{"outcome":"more","wanted":[…]}` or
 * `{"outcome":"refused","reason":"…"}`. The settings are those of accounts in the database; what is not said has its
 * default. They are checked as if an administrator had given them, and hold for this login: expiry, hours, networks,
 * protocols and TLS as well.
 *
 * @throws WherryError `unavailable` for anything else
 */
export async function readAnswer(
  text: string,
  attempt: LoginAttempt,
  options: PlanOptions & { readonly user: string; readonly now: () => number },
): Promise<LoginOutcome> {
  const answer = parse(text);
  const { outcome, account, wanted, reason } = answer;
  if (outcome === 'refused') {
    return refuse(
      typeof reason === 'string' && reason !== '' ? reason.slice(0, longestReason) : 'it was refused',
    );
  }
  if (outcome === 'more') {
    if (!Array.isArray(wanted) || wanted.length === 0 || !wanted.every(isMethod)) throw broken('wanted');
    return { outcome: 'more', wanted };
  }
  if (outcome !== 'accepted') throw broken('outcome');
  const plan = await planLogin(storedAs(options.user, account ?? {}), options);
  const objection = plan.objection(attempt, options.now());
  return objection === null ? { outcome: 'accepted', account: plan.account } : refuse(objection);
}

function parse(text: string): Record<string, unknown> {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // Told below: the text may repeat secrets, so neither it nor the parser's words are.
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw broken('JSON');
  return answer as Record<string, unknown>;
}

function isMethod(value: unknown): value is LoginMethod {
  return loginMethods.includes(value as LoginMethod);
}

const known: ReadonlySet<string> = new Set(settingNames);

function storedAs(name: string, account: unknown): Parameters<typeof planLogin>[0] {
  if (typeof account !== 'object' || account === null || Array.isArray(account)) throw broken('account');
  const problems = new Problems();
  const settings = checkSettings(account, problems);
  for (const field of Object.keys(account)) if (!known.has(field)) problems.add(field, 'is no setting');
  try {
    problems.throwIfAny('take the answer');
  } catch (thrown) {
    throw new WherryError('unavailable', thrown instanceof Error ? thrown.message : '', { cause: thrown });
  }
  return {
    record: {
      ...noSettings,
      ...settings,
      name,
      enabled: true,
      comment: '',
      email: '',
      administrator: null,
      groups: [],
      principals: [],
      hasPassword: false,
      hasOneTimeCodes: false,
      hasAccountInformation: false,
      createdAt: 0,
      changedAt: 0,
    },
    groups: [],
    passwordHash: null,
    informationHash: null,
    codeSecret: null,
  };
}

function broken(part: string): WherryError {
  return new WherryError('unavailable', `Cannot check the login: the answer has no valid ${part}`);
}

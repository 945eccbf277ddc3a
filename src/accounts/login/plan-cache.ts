import type { LoginPlan } from './login-plan.ts';

/**
 * Plans kept: those of the accounts that logged in last. A plan with a hundred rules takes some 50 kB, so that the
 * memory of all stays bounded however many accounts there are; making one anew takes a fraction of a millisecond.
 */
const maximumPlans = 512;

/** Plans of the accounts that have logged in lately; the one used longest ago goes first. */
export class PlanCache {
  readonly #plans = new Map<string, LoginPlan>();

  find(name: string): LoginPlan | null {
    const plan = this.#plans.get(name);
    if (plan === undefined) return null;
    this.#plans.delete(name);
    this.#plans.set(name, plan);
    return plan;
  }

  keep(name: string, plan: LoginPlan): void {
    this.#plans.delete(name);
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size < maximumPlans) break;
      this.#plans.delete(oldest);
    }
    this.#plans.set(name, plan);
  }

  forget(name: string): void {
    this.#plans.delete(name);
  }

  clear(): void {
    this.#plans.clear();
  }
}

/** Timers by name with one owner: setting one again replaces it, and all of them end together. */
export class Timers {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  set(name: string, delayMs: number, action: () => void): void {
    this.clear(name);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      action();
    }, delayMs);
    this.#timers.set(name, timer);
  }

  clear(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clearAll(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

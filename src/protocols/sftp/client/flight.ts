/** What the transfers of a connection may have under way beyond their first share, all of them together. */
export class FlightBudget {
  #left: number;

  constructor(octets: number) {
    this.#left = octets;
  }

  take(octets: number): number {
    const taken = Math.min(octets, this.#left);
    this.#left -= taken;
    return taken;
  }

  giveBack(octets: number): void {
    this.#left += octets;
  }
}

/** What {@link Flight} needs to know of the connection. */
export interface FlightRoute {
  readonly budget: FlightBudget;
  readonly firstFlight: number;
  /** Octets for each millisecond of a round trip with which a flight begins, where that is more. */
  readonly flightPerMs: number;
  readonly largestFlight: number;
  /** Milliseconds of a round trip; infinite while unknown. */
  roundTripMs(): number;
}

/**
 * How many octets of one file are under way. Over distance that number, divided by the round trip, is the speed: as
 * long as a whole flight's worth arrives within two round trips it doubles. Near by, where the server and the link are
 * kept busy by little, it stays small, and so does what waits in memory.
 */
export class Flight {
  readonly #route: FlightRoute;
  #limit: number;
  #borrowed = 0;
  #underWay = 0;
  #arrived = 0;
  #arrivedSince = performance.now();

  constructor(route: FlightRoute) {
    this.#route = route;
    const roundTripMs = route.roundTripMs();
    const far = Number.isFinite(roundTripMs) ? Math.floor(roundTripMs * route.flightPerMs) : 0;
    const wanted = Math.min(far, route.largestFlight) - route.firstFlight;
    this.#borrowed = wanted > 0 ? route.budget.take(wanted) : 0;
    this.#limit = route.firstFlight + this.#borrowed;
  }

  /** Whether more may be asked for. */
  get hasRoom(): boolean {
    return this.#underWay < this.#limit;
  }

  get underWay(): number {
    return this.#underWay;
  }

  depart(octets: number): void {
    this.#underWay += octets;
  }

  /** Counts octets whose way is over, whether they arrived or will not come any more. */
  arrive(octets: number): void {
    this.#underWay -= octets;
    this.#arrived += octets;
    if (this.#arrived < this.#limit) return;
    const now = performance.now();
    if (now - this.#arrivedSince < 2 * this.#route.roundTripMs()) this.#grow();
    this.#arrived = 0;
    this.#arrivedSince = now;
  }

  /** Gives back what was borrowed; nothing departs afterwards. */
  end(): void {
    this.#route.budget.giveBack(this.#borrowed);
    this.#borrowed = 0;
  }

  #grow(): void {
    const wanted = Math.min(this.#limit, this.#route.largestFlight - this.#limit);
    const taken = wanted > 0 ? this.#route.budget.take(wanted) : 0;
    this.#borrowed += taken;
    this.#limit += taken;
  }
}

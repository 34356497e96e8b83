/** How far server and process may be wrong about each other's clock, beyond what was measured. */
const SLACK_MS = 1_000;
/** An answer that took longer says too little about when the server looked at its clock. */
const MAX_ROUND_TRIP_MS = 500;

/** What the server's clock shows, compared with this process's: learned from answers that carry the server's time. */
export class ServerTime {
  #aheadMs: number | undefined;

  /** @param askedAt @param answeredAt by this process's clock, in ms since the epoch */
  learn(serverTime: Date, askedAt: number, answeredAt: number): void {
    if (answeredAt - askedAt > MAX_ROUND_TRIP_MS) return;
    this.#aheadMs = serverTime.getTime() - (askedAt + answeredAt) / 2;
  }

  /**
   * A condition that fails when the server comes to it after `deadline`: a server that was paused must not do what
   * no call waits for any more. Empty before anything was learned.
   */
  before(deadline: number): { $expr?: { $lt: [string, Date] } } {
    if (this.#aheadMs === undefined) return {};
    return { $expr: { $lt: ['$$NOW', new Date(deadline + this.#aheadMs + SLACK_MS)] } };
  }
}

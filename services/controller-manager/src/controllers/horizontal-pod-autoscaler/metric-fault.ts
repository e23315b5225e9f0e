/** Why a metric gives no number of replicas, in Kubernetes' words. Thrown by the calculations. */
export class MetricFault extends Error {
  override readonly name = 'MetricFault';
  /** What event and condition say; the message may say more of where it happened. */
  readonly said: string;

  constructor(message: string, said: string = message) {
    super(message);
    this.said = said;
  }
}

/** Does `work`, with `prefix` before what its fault says. */
export function explained<R>(prefix: string, work: () => R): R {
  try { return work(); } catch (error) { throw error instanceof MetricFault ? new MetricFault(`${prefix}: ${error.message}`, `${prefix}: ${error.said}`) : error; }
}

/** The same for the message alone: event and condition do not say the prefix. */
export function located<R>(prefix: string, work: () => R): R {
  try { return work(); } catch (error) { throw error instanceof MetricFault ? new MetricFault(`${prefix}: ${error.message}`, error.said) : error; }
}

/** What watches tell the metrics. */
export interface WatchMetrics {
  started(kind: { group: string; version: string; kind: string }): Disposable;
  sent(kind: { group: string; version: string; kind: string }, events: number, bytes: number): void;
}

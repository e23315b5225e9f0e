/** What watches tell the metrics. The resource's facts are one object for all its watches. */
export interface WatchMetrics {
  sent(resource: { group: string; version: string; resource: string }, events: number, bytes: number): void;
}

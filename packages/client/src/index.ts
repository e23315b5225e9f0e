/** The client of the API: transports, typed calls, informers, work queue, leader election, events. Fit for users' own operators. */
export type { CallOptions, Client, ListSelector, Patch, RawRequest, RawResponse, Target, Transport, WatchedEvent } from './client.ts';
export type { Informer, InformerChange, Lister } from './informer-types.ts';

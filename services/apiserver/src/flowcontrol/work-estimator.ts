import type { RequestInfo } from '../pipeline/api-request.ts';
import type { ResourceSizes } from './resource-sizes.ts';
import type { WatchCounts } from './watch-counts.ts';
import { ONE_SEAT, type WorkEstimate } from './work-estimate.ts';

const LIST_SEATS_MAX = 100;
const WRITE_SEATS_MAX = 10;
const BYTES_PER_SEAT = 100_000;
/** Lists from the cache are sent as they are: they never hold more than this at once. */
const CACHED_LIST_BYTES_MAX = 1_000_000;
const WATCHES_PER_SEAT = 10;
/** What telling ten watchers of a write takes. */
const EVENT_MS = 5;

export interface WorkEstimator {
  /** `seatsMax`: what the request's level allows one request; undefined for no bound of its own. */
  estimate(info: RequestInfo, query: URLSearchParams, seatsMax: number | undefined): { work: Readonly<WorkEstimate>; watchCount: number | undefined };
}

/** Guesses the work of requests as Kubernetes does: lists and starting watches by the bytes they load, writes by the watchers they wake. */
export function workEstimator({ sizes, watches }: { sizes: Pick<ResourceSizes, 'sizeOf'>; watches: WatchCounts }): WorkEstimator {
  return {
    estimate(info, query, seatsMax = Infinity) {
      switch (info.verb) {
        case 'list': case 'watch': return { work: seats(listSeats(info, query, { sizes, seatsMax: Math.min(seatsMax, LIST_SEATS_MAX) })), watchCount: undefined };
        case 'create': case 'update': case 'patch': case 'delete': {
          if (info.resource === 'serviceaccounts' && info.subresource === 'token') return { work: ONE_SEAT, watchCount: undefined }; // writes nothing that is watched
          const watchCount = watches.interestedIn(info);
          return { work: writeWork(watchCount, Math.min(seatsMax, WRITE_SEATS_MAX)), watchCount };
        }
        default: return { work: ONE_SEAT, watchCount: undefined };
      }
    },
  };
}

function seats(initialSeats: number): Readonly<WorkEstimate> {
  return initialSeats === 1 ? ONE_SEAT : { initialSeats, finalSeats: 0, additionalLatencyMs: 0 };
}

function listSeats(info: RequestInfo, query: URLSearchParams, { sizes, seatsMax }: { sizes: Pick<ResourceSizes, 'sizeOf'>; seatsMax: number }): number {
  if (info.verb === 'watch' && !sendsInitialEvents(query)) return 1;
  const size = sizes.sizeOf(info);
  if (size === undefined) return 1; // nothing that is kept here
  const limit = Number(query.get('limit') ?? 0);
  const limited = limit > 0 ? Math.min(limit, size.objects) : size.objects;
  const isCached = info.verb === 'watch' || isServedFromCache(query);
  const selects = (query.get('fieldSelector') ?? '') !== '' || (query.get('labelSelector') ?? '') !== '';
  const loaded = info.name !== '' ? 1 : !isCached && selects ? Math.max(limited, Math.floor(size.objects / 2)) : limited;
  const bytes = loaded * size.bytesEach;
  return Math.max(1, Math.min(seatsMax, Math.ceil((isCached ? Math.min(bytes, CACHED_LIST_BYTES_MAX) : bytes) / BYTES_PER_SEAT)));
}

function sendsInitialEvents(query: URLSearchParams): boolean {
  const asked = query.get('sendInitialEvents');
  if (asked !== null && asked !== 'false' && asked !== '0') return true;
  const version = query.get('resourceVersion') ?? '';
  return version === '' || version === '0';
}

/** Snapshots of the past count as read from the store. */
function isServedFromCache(query: URLSearchParams): boolean {
  const version = query.get('resourceVersion') ?? '';
  switch (query.get('resourceVersionMatch') ?? '') {
    case 'NotOlderThan': return true;
    case '': return (query.get('continue') ?? '') === '' && !(Number(query.get('limit') ?? 0) > 0 && version !== '' && version !== '0');
    default: return false;
  }
}

/** Many watchers make a write wide; what exceeds the bound becomes narrower and longer, the same work. */
function writeWork(watchCount: number, seatsMax: number): Readonly<WorkEstimate> {
  if (watchCount < WATCHES_PER_SEAT) return ONE_SEAT;
  const wanted = Math.ceil(watchCount / WATCHES_PER_SEAT);
  const finalSeats = Math.min(wanted, seatsMax);
  return { initialSeats: 1, finalSeats, additionalLatencyMs: wanted * EVENT_MS / finalSeats };
}

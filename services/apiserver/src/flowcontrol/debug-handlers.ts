import type { PathHandler } from '../endpoints/endpoint.ts';
import { textAnswer } from '../pipeline/status-answer.ts';
import { alignColumns } from './align-columns.ts';
import type { FlowController } from './flow-controller.ts';
import type { FlowTicket, PriorityLevel } from './priority-level.ts';

const ROOT = '/debug/api_priority_and_fairness';
/** Queues of a level that are shown; a level may have millions. */
const QUEUES_SHOWN_MAX = 10_000;

/** Tables for operators who want to see who waits where: levels, queues, requests. */
export function flowControlDebugHandlers({ controller, now, monotonicNow }: { controller: FlowController; now(): number; monotonicNow(): number }): PathHandler[] {
  const wallClock = (monotonicMs: number): number => now() - monotonicNow() + monotonicMs;
  const table = (path: string, rows: (query: URLSearchParams) => readonly (readonly string[])[]): PathHandler => ({ paths: [`${ROOT}/${path}`], handle: async ({ query }) => textAnswer(200, alignColumns(rows(query)), {}) });
  return [
    table('dump_priority_levels', () => priorityLevelRows([...controller.levels.values()])),
    table('dump_queues', () => queueRows([...controller.levels.values()])),
    table('dump_requests', (query) => requestRows([...controller.levels.values()], { wallClock, details: (query.get('includeRequestDetails') ?? '') !== '' })),
  ];
}

export function priorityLevelRows(levels: readonly PriorityLevel[]): string[][] {
  const header = ['PriorityLevelName', 'ActiveQueues', 'IsIdle', 'IsQuiescing', 'WaitingRequests', 'ExecutingRequests', 'DispatchedRequests', 'RejectedRequests', 'TimedoutRequests', 'CancelledRequests'];
  const rows = levels.map(({ name, quiescing, queues: { totals, isIdle, queues } }) => {
    const active = [...queues.values()].filter(({ waiting }) => waiting.length > 0).length;
    return [name, active, isIdle, quiescing, totals.requestsWaiting, totals.requestsExecuting, totals.dispatched, totals.rejected, 0, totals.cancelled].map(String);
  });
  return [header, ...rows.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))];
}

export function queueRows(levels: readonly PriorityLevel[]): string[][] {
  const header = ['PriorityLevelName', 'Index', 'PendingRequests', 'ExecutingRequests', 'SeatsInUse', 'NextDispatchR', 'InitialSeatsSum', 'MaxSeatsSum', 'TotalWorkSum'];
  const rows = levels.flatMap(({ name, queues: { config, queues } }) => {
    const count = config.kind === 'queue' ? Math.min(config.queues, QUEUES_SHOWN_MAX) : 0;
    return Array.from({ length: count }, (_, index) => {
      const { waiting = [], executing = 0, seatsInUse = 0, nextDispatchR = 0, waitingWork = 0 } = queues.get(index) ?? {};
      const tickets = [...waiting];
      const initialSeats = tickets.reduce((sum, { work }) => sum + work.initialSeats, 0);
      const seats = tickets.reduce((sum, ticket) => sum + ticket.seats, 0);
      return [name, index, tickets.length, executing, seatsInUse, seatSeconds(nextDispatchR), initialSeats, seats, seatSeconds(waitingWork)].map(String);
    });
  });
  return [header, ...rows];
}

export function requestRows(levels: readonly PriorityLevel[], { wallClock, details }: { wallClock(monotonicMs: number): number; details: boolean }): string[][] {
  const header = ['PriorityLevelName', 'FlowSchemaName', 'QueueIndex', 'RequestIndexInQueue', 'FlowDistingsher', 'ArriveTime', 'InitialSeats', 'FinalSeats', 'AdditionalLatency', 'StartTime', ...details ? ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'] : []];
  const row = (level: PriorityLevel, ticket: FlowTicket, indexInQueue: number): string[] => {
    const { request: { schema, distinguisher, owner }, queue, work } = ticket;
    const startedAt = ticket.state === 'waiting' ? ZERO_TIME : new Date(wallClock(ticket.startedAtMs)).toISOString();
    return [level.name, schema, String(queue?.index ?? -1), String(indexInQueue), distinguisher, new Date(wallClock(ticket.arrivedAtMs)).toISOString(), String(work.initialSeats), String(work.finalSeats), work.additionalLatencyMs === 0 ? '0s' : `${work.additionalLatencyMs}ms`, startedAt, ...details ? detailsOf(owner) : []];
  };
  return [header, ...levels.flatMap((level) => [
    ...[...level.queues.queues.values()].flatMap(({ waiting }) => [...waiting].map((ticket, index) => row(level, ticket, index))),
    ...[...level.queues.executing].map((ticket) => row(level, ticket, -1)),
  ])];
}

const ZERO_TIME = '0001-01-01T00:00:00Z';

function detailsOf({ user, info }: FlowTicket['request']['owner']): string[] {
  const { verb, path, namespace, name, group, version, resource, subresource } = info;
  return [user.name, verb, path, namespace, name, group === '' ? version : `${group}/${version}`, resource, subresource];
}

function seatSeconds(value: number): string {
  return `${value.toFixed(8)}ss`;
}

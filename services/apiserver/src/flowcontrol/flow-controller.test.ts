import type { KubeObject } from '@kubernode/apimachinery';
import { createFakeClock } from '@kubernode/testing';
import { bootstrapObjects } from '../authz/bootstrap-objects/bootstrap-objects.ts';
import type { ObjectSource, ObjectSources } from '../endpoints/endpoint.ts';
import { requestInfoOf } from '../filters/request-info.ts';
import type { UserInfo } from '../pipeline/api-request.ts';
import type { FlowSchema } from './classifier.ts';
import { priorityLevelRows, queueRows, requestRows } from './debug-handlers.ts';
import { FlowController } from './flow-controller.ts';
import type { PriorityLevelObject } from './level-limits.ts';
import type { FlowTicket } from './priority-level.ts';
import { runFlowControl } from './run-flow-control.ts';
import { ONE_SEAT } from './work-estimate.ts';

const LEVELS = bootstrapObjects.priorityLevelConfigurations as readonly PriorityLevelObject[];
const SCHEMAS = bootstrapObjects.flowSchemas as readonly FlowSchema[];
const USER: UserInfo = { name: 'u', uid: '', groups: ['system:authenticated'], extra: {} };
const INFO = requestInfoOf('GET', '/api/v1/namespaces/n/pods/p', new URLSearchParams());

function started(controller: FlowController, user = USER): { ticket: FlowTicket; flow: ReturnType<FlowController['flowOf']> } {
  const flow = controller.flowOf(user, INFO);
  const ticket = controller.arrive(flow, ONE_SEAT, { user, info: INFO, waitsUntilMs: Infinity });
  if (typeof ticket === 'string') throw new Error(ticket);
  return { ticket, flow };
}

describe('FlowController', () => {
  it('serves by the mandatory objects until it has others', () => {
    const controller = new FlowController({ clock: createFakeClock(), serverSeats: 600 });
    expect([controller.flowOf(USER, INFO).schema, controller.flowOf({ ...USER, groups: ['system:masters'] }, INFO).schema, [...controller.levels.keys()]]).toEqual(['catch-all', 'exempt', ['catch-all', 'exempt']]);
    expect(controller.levels.get('catch-all')?.current).toBe(600);
  });

  it('passes over schemas whose level is missing', () => {
    const controller = new FlowController({ clock: createFakeClock(), serverSeats: 600 });
    controller.configure(LEVELS.filter(({ metadata: { name } }) => name !== 'global-default'), SCHEMAS);
    expect(controller.flowOf(USER, INFO).schema).toBe('catch-all');
  });

  it('keeps a level whose object is gone until its last request is over', () => {
    const controller = new FlowController({ clock: createFakeClock(), serverSeats: 600 });
    controller.configure(LEVELS, SCHEMAS);
    const { ticket, flow } = started(controller);
    controller.configure(LEVELS.filter(({ metadata: { name } }) => name !== 'global-default'), SCHEMAS);
    expect([controller.levels.get('global-default')?.quiescing, controller.flowOf(USER, INFO).schema]).toEqual([true, 'catch-all']);
    controller.finish(ticket, flow);
    controller.adjust();
    expect(controller.levels.has('global-default')).toBe(false);
  });

  it('lets waiting requests run when lingering seats become free, and gives up each at its own time', async () => {
    const clock = createFakeClock();
    const controller = new FlowController({ clock, serverSeats: 1 });
    const level = { ...LEVELS[0], metadata: { name: 'one' }, spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 9 } } } } } as PriorityLevelObject;
    const schema = { ...SCHEMAS.find(({ metadata: { name } }) => name === 'global-default'), metadata: { name: 'one' } } as FlowSchema;
    controller.configure([level], [{ ...schema, spec: { ...schema.spec, priorityLevelConfiguration: { name: 'one' } } } as FlowSchema]);
    const flow = controller.flowOf(USER, INFO);
    const arrive = (waitsUntilMs: number, additionalLatencyMs = 0): FlowTicket => controller.arrive(flow, { initialSeats: 1, finalSeats: 1, additionalLatencyMs }, { user: USER, info: INFO, waitsUntilMs }) as FlowTicket; // the queue has room
    const [first, second, third, fourth] = [arrive(0, 40), arrive(1_000), arrive(500), arrive(200)];
    const turns: [string, boolean, number][] = [];
    for (const [name, ticket] of [['second', second], ['third', third], ['fourth', fourth]] as const) void controller.turn(ticket, flow, new AbortController().signal).then((runs) => { turns.push([name, runs, clock.monotonicNow()]); });
    controller.finish(first, flow);
    await clock.advance(1_000);
    expect(turns).toEqual([['second', true, 40], ['fourth', false, 200], ['third', false, 500]]);
  });

  it('gives a busy level what the others do not use, and takes it back later', async () => {
    const clock = createFakeClock();
    const controller = new FlowController({ clock, serverSeats: 600 });
    controller.configure(LEVELS, SCHEMAS);
    const limit = (): number => controller.levels.get('global-default')?.current ?? NaN;
    const tickets = Array.from({ length: 200 }, () => started(controller));
    await clock.advance(10_000);
    controller.adjust();
    expect(limit()).toBeGreaterThan(200);
    expect(tickets.every(({ ticket }) => ticket.state === 'executing')).toBe(true);
    for (const { ticket, flow } of tickets) controller.finish(ticket, flow);
    const other = { ...USER, name: 'system:serviceaccount:a:b', groups: ['system:serviceaccounts', 'system:authenticated'] };
    const others = Array.from({ length: 245 }, () => started(controller, other));
    for (let i = 0; i < 300; i++) { await clock.advance(10_000); controller.adjust(); }
    expect(controller.levels.get('workload-low')?.current).toBeGreaterThanOrEqual(245);
    expect(others.every(({ ticket }) => ticket.state === 'executing')).toBe(true);
    expect(limit()).toBeLessThan(200);
  });
});

describe('runFlowControl', () => {
  it('takes in changes of the objects at once', async () => {
    const clock = createFakeClock();
    const controller = new FlowController({ clock, serverSeats: 600 });
    const [levels, schemas] = [source(LEVELS), source(SCHEMAS)];
    const sources = (({ resource }: { resource: string }) => (resource === 'flowschemas' ? schemas : levels)) as unknown as ObjectSources; // of these two resources
    const stop = new AbortController();
    const logger = { error: (_text: string, facts: object) => { throw new Error(JSON.stringify(facts)); } } as unknown as Parameters<typeof runFlowControl>[0]['logger']; // nothing is logged
    const running = runFlowControl({ controller, sources, clock, logger }, stop.signal);
    await clock.advance(100);
    expect(controller.flowOf(USER, INFO).schema).toBe('global-default');
    schemas.set(SCHEMAS.filter(({ metadata: { name } }) => name !== 'global-default'));
    await clock.advance(100);
    expect(controller.flowOf(USER, INFO).schema).toBe('catch-all');
    stop.abort();
    await running;
  });
});

describe('tables for operators', () => {
  it('show levels, queues and requests', () => {
    const controller = new FlowController({ clock: createFakeClock(5_000), serverSeats: 600 });
    controller.configure(LEVELS, SCHEMAS);
    started(controller);
    const level = [controller.levels.get('global-default')].flatMap((one) => one ?? []);
    expect(priorityLevelRows(level)[1]).toEqual(['global-default', '0', 'false', 'false', '0', '1', '1', '0', '0', '0']);
    const queues = queueRows(level).slice(1);
    expect([queues.length, queues.filter(([, , , executing]) => executing === '1').length]).toEqual([128, 1]);
    const [header, row] = requestRows(level, { wallClock: (ms) => ms, details: true });
    expect(header?.length).toBe(18);
    expect(row?.slice(3)).toEqual(['-1', 'u', '1970-01-01T00:00:05.000Z', '1', '0', '0s', '1970-01-01T00:00:05.000Z', 'u', 'get', '/api/v1/namespaces/n/pods/p', 'n', 'p', 'v1', 'pods', '']);
  });
});

function source<T extends KubeObject>(objects: readonly T[]): ObjectSource<T> & { set(objects: readonly T[]): void } {
  let current = objects;
  let changed = (): void => undefined;
  return {
    ready: true, get: () => undefined, list: () => current,
    onChange: (listener) => { changed = () => { listener({ type: 'MODIFIED', object: current[0] as T }); }; return { [Symbol.dispose]: () => undefined }; }, // there is one
    set(next) { current = next; changed(); },
  };
}

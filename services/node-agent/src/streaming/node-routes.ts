import type { ServerResponse } from 'node:http';
import type { Clock } from '@kubernode/base';
import { EXPOSITION_TYPE } from '@kubernode/component-base';
import { serveDebug } from '@kubernode/profiling';
import type { Registry } from 'prom-client';
import type { NodeConfig } from '../app/node-config.ts';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import type { PodWorkers } from '../pod-workers/pod-workers.ts';
import type { StatsReports } from '../stats/stats-reports.ts';
import { checkpointContainer } from './checkpoint.ts';
import { kubeletConfiguration } from './configz.ts';
import { serveContainerLogs } from './container-logs.ts';
import type { ContainerAddress } from './find-container.ts';
import { HttpFault } from './http-fault.ts';
import { removeLocalVolume } from './local-volumes.ts';
import { healthAnswer, type NodeChecks } from './node-health.ts';
import { serveNodeLogs } from './node-logs.ts';
import { podList, runningPodList } from './pod-lists.ts';
import type { RequestTarget } from './request-target.ts';
import { runCommand } from './run-command.ts';
import { streamTarget } from './stream-target.ts';

export interface RouteDeps {
  config: NodeConfig;
  runtime: CriRuntime;
  workers: PodWorkers;
  reports: StatsReports;
  checks: NodeChecks;
  /** Of the node agent itself, and of its probes. */
  registry: Registry;
  probes: Registry;
  clock: Clock;
  /** What /debug shows, as far as the configuration lets it. */
  debugging: { commandLine: readonly string[]; setVerbosity: (verbosity: number) => void };
  /** Deletes what is stored in a volume of the local-path provisioner. */
  removeLocalPath: (name: string) => Promise<void>;
}

type Route = (deps: RouteDeps, target: RequestTarget, response: ServerResponse) => Promise<void> | void;

/** What the first part of a path leads to, and by which methods. All of it is authorized before. */
const ROUTES: Readonly<Record<string, { methods: readonly string[]; serve: Route }>> = {
  healthz: { methods: ['GET', 'HEAD', 'POST', 'PUT'], serve({ checks }, target, response) { const { status, text } = healthAnswer(checks, target); sendText(response, status, text); } },
  pods: { methods: ['GET'], serve({ workers }, _target, response) { sendJson(response, podList(workers.list())); } },
  runningpods: { methods: ['GET'], serve({ workers }, _target, response) { sendJson(response, runningPodList(workers.list())); } },
  configz: { methods: ['GET'], serve({ config }, _target, response) { sendJson(response, kubeletConfiguration(config)); } },
  metrics: { methods: ['GET', 'HEAD', 'POST'], serve: serveMetrics },
  stats: { methods: ['GET', 'POST'], serve: serveStats },
  containerLogs: { methods: ['GET'], async serve(deps, target, response) { await serveContainerLogs({ ...deps, podLogsDir: deps.config.podLogsDir }, { address: containerAddress(target), query: target.query }, response); } },
  logs: { methods: ['GET', 'HEAD'], serve: serveLogs },
  run: { methods: ['POST'], serve: serveRun },
  checkpoint: { methods: ['POST'], async serve(deps, target, response) { sendJson(response, await checkpointContainer({ ...deps, rootDir: deps.config.rootDir }, containerAddress(target), target.query)); } },
  localVolumes: { methods: ['DELETE'], async serve(deps, { method, segments }, response) { await removeLocalVolume(deps, { method, name: segments.slice(1) }); sendJson(response, {}); } },
  exec: { methods: ['GET', 'POST'], serve: refuseStream },
  attach: { methods: ['GET', 'POST'], serve: refuseStream },
  portForward: { methods: ['GET', 'POST'], serve: refuseStream },
  debug: { methods: ['GET', 'POST', 'PUT'], serve: serveDebugging },
};

/** Answers a request that is allowed; rejects with HttpFault for what is not there. */
export async function serveRoute(deps: RouteDeps, target: RequestTarget, response: ServerResponse): Promise<void> {
  const [first = ''] = target.segments;
  const route = Object.hasOwn(ROUTES, first) ? ROUTES[first] : undefined;
  if (route === undefined) throw new HttpFault(404, '404 page not found\n');
  if (!route.methods.includes(target.method)) throw new HttpFault(405, '405: Method Not Allowed');
  await route.serve(deps, target, response);
}

async function serveMetrics({ registry, probes, reports }: RouteDeps, { segments: [, kind, ...more] }: RequestTarget, response: ServerResponse): Promise<void> {
  const send = (text: string): void => { response.writeHead(200, { 'content-type': EXPOSITION_TYPE }).end(text); };
  if (more.length > 0) throw new HttpFault(404, '404 page not found\n');
  switch (kind) {
    case undefined: send(await registry.metrics()); return;
    case 'resource': send(await reports.resource()); return;
    case 'cadvisor': send(await reports.cadvisor()); return;
    case 'probes': send(await probes.metrics()); return;
    default: throw new HttpFault(404, '404 page not found\n');
  }
}

async function serveStats({ reports }: RouteDeps, { segments: [, what, ...more], query }: RequestTarget, response: ServerResponse): Promise<void> {
  if (what !== 'summary' || more.length > 0) throw new HttpFault(404, '404: Page Not Found');
  sendJson(response, await reports.summary({ onlyCpuAndMemory: query.get('only_cpu_and_memory') === 'true' }));
}

async function serveLogs({ config }: RouteDeps, target: RequestTarget, response: ServerResponse): Promise<void> {
  if (!config.server.systemLogs) throw new HttpFault(405, 'logs endpoint is disabled.\n');
  await serveNodeLogs(config.nodeLogsDir, target, response);
}

async function serveRun(deps: RouteDeps, target: RequestTarget, response: ServerResponse): Promise<void> {
  const output = await runCommand(deps, containerAddress(target), target.query.get('cmd') ?? '');
  response.writeHead(200, { 'content-type': 'application/json' }).end(output);
}

async function serveDebugging({ config: { server: { profiling, debugFlags } }, debugging: { commandLine, setVerbosity }, clock }: RouteDeps, { segments, isDirectory, query }: RequestTarget, response: ServerResponse): Promise<void> {
  const [, what] = segments;
  if (what === 'pprof' && !profiling) throw new HttpFault(405, 'profiling endpoint is disabled.\n');
  if (what === 'flags' && !debugFlags) throw new HttpFault(405, 'flags endpoint is disabled.\n');
  const path = `/${segments.join('/')}${isDirectory ? '/' : ''}`;
  if (!await serveDebug({ path, query }, response, { clock, profiling, commandLine, setVerbosity })) throw new HttpFault(404, '404 page not found\n');
}

/** Streams need an upgrade; without one the fault tells what else is wrong first. */
function refuseStream(deps: RouteDeps, target: RequestTarget): void {
  streamTarget(deps, target, { portsInQuery: false });
  throw new HttpFault(500, 'Upgrade request required\n');
}

/** `/WHAT/NAMESPACE/POD[/UID]/CONTAINER`. */
function containerAddress({ segments: [, namespace = '', pod = '', ...rest] }: RequestTarget): ContainerAddress {
  if (rest.length < 1 || rest.length > 2) throw new HttpFault(404, '404: Page Not Found');
  return { namespace, pod, container: rest.at(-1) ?? '', uid: rest.length > 1 ? rest[0] : undefined };
}

function sendJson(response: ServerResponse, value: object): void { response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)); }
function sendText(response: ServerResponse, status: number, text: string): void { response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).end(text); }

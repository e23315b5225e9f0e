import type { Logger } from '@kubernode/component-base';
import type { PathHandler } from '../endpoints/endpoint.ts';
import type { Answer, ApiRequest } from '../pipeline/api-request.ts';
import type { HealthMetrics } from './health-metrics.ts';
import { pageNotFound, textAnswer } from '../pipeline/status-answer.ts';

export interface HealthCheck {
  name: string;
  /** Undefined when all is well, otherwise why not (for the log; clients are not told). */
  check(): string | undefined | Promise<string | undefined>;
}

export interface HealthChecks {
  healthz: readonly HealthCheck[];
  livez: readonly HealthCheck[];
  readyz: readonly HealthCheck[];
  /** Of all three, where they are asked for by name: `?include=`. Ours; kube-apiserver knows no such parameter. */
  included: readonly HealthCheck[];
}

/** Who is told what the checks say; clients are not told why one failed, the log is. */
export interface HealthObserver { metrics: Pick<HealthMetrics, 'checked'>; logger: Pick<Logger, 'debug'> }

/**
 * `/readyz?while-draining=404`: a server that is shutting down, and well otherwise, answers with 404. Load balancers tell by it who is to get no new
 * connections (HAProxy: `disable-on-404`) from whom to cut off. Ours; kube-apiserver answers with 500 whatever is asked.
 */
const DRAINING_PARAMETER = 'while-draining';

/** /healthz, /livez and /readyz with ?verbose, ?exclude=, ?include= and a path for each single check, in Kubernetes' words. */
export function healthHandlers(checks: HealthChecks, observer: HealthObserver): PathHandler[] {
  return (['healthz', 'livez', 'readyz'] as const).map((name) => ({
    paths: [`/${name}`], prefixes: [`/${name}/`], handle: (request) => answer(name, [...checks[name], ...included(checks, request)], { request, observer }),
  }));
}

function included({ included: offered }: HealthChecks, { query }: ApiRequest): readonly HealthCheck[] {
  const asked = query.getAll('include');
  return offered.filter(({ name }) => asked.includes(name));
}

async function answer(endpoint: string, checks: readonly HealthCheck[], { request, observer }: { request: ApiRequest; observer: HealthObserver }): Promise<Answer> {
  if (request.path.endsWith('/')) return pageNotFound();
  const single = request.path.slice(endpoint.length + 2);
  if (single !== '') return answerSingle(endpoint, checks.find(({ name }) => name === single), observer);
  const excluded = new Set(request.query.getAll('exclude'));
  const unknown = [...excluded].filter((one) => !checks.some(({ name }) => name === one));
  const results = await Promise.all(checks.map(async (one) => ({ name: one.name, failed: !excluded.has(one.name) && (await failureOf(one, endpoint, observer)) !== undefined })));
  const lines = results.map(({ name, failed }) => (excluded.has(name) ? `[+]${name} excluded: ok` : failed ? `[-]${name} failed: reason withheld` : `[+]${name} ok`));
  if (unknown.length > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.map((one) => JSON.stringify(one)).join(',')}`);
  const failed = results.filter((one) => one.failed);
  if (failed.length > 0 && failed.every(({ name }) => name === 'shutdown') && request.query.get(DRAINING_PARAMETER) === '404') return pageNotFound();
  if (failed.length > 0) return textAnswer(500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  return textAnswer(200, request.query.has('verbose') ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok');
}

async function answerSingle(endpoint: string, check: HealthCheck | undefined, observer: HealthObserver): Promise<Answer> {
  if (check === undefined) return pageNotFound();
  return (await failureOf(check, endpoint, observer)) === undefined ? textAnswer(200, 'ok', {}) : textAnswer(500, `internal server error: ${endpoint} check failed\n`);
}

async function failureOf(check: HealthCheck, endpoint: string, { metrics, logger }: HealthObserver): Promise<string | undefined> {
  const failure = await runCheck(check);
  metrics.checked(endpoint, check.name, failure === undefined);
  if (failure !== undefined) logger.debug('health check failed', { endpoint, check: check.name, why: failure });
  return failure;
}

async function runCheck(check: HealthCheck): Promise<string | undefined> {
  try { return await check.check(); } catch (error) { return error instanceof Error ? error.message : String(error); }
}

import { Registry } from 'prom-client';
import { silentLogger } from '@kubernode/component-base';
import type { ApiRequest, RequestContext } from '../pipeline/api-request.ts';
import { HealthMetrics } from './health-metrics.ts';
import { healthHandlers } from './health.ts';

const checks = [{ name: 'ping', check: () => undefined }, { name: 'etcd', check: () => 'no leader' }, { name: 'poststarthook/rbac/bootstrap-roles', check: () => undefined }];

async function ask(target: string, metrics: HealthMetrics = new HealthMetrics()): Promise<[number, string]> {
  const [path = '', query] = target.split('?');
  const [handler] = healthHandlers({ healthz: checks, livez: [], readyz: [], included: [{ name: 'etcd-connection', check: () => 'cut off' }] }, { metrics, logger: silentLogger });
  const answer = await handler?.handle({ path, query: new URLSearchParams(query) } as ApiRequest, {} as RequestContext); // all that is looked at
  return answer?.kind === 'buffered' ? [answer.status, String(answer.body)] : [0, ''];
}

test.each([
  ['/healthz', 500, '[+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/rbac/bootstrap-roles ok\nhealthz check failed\n'],
  ['/healthz?exclude=etcd', 200, 'ok'],
  ['/healthz?exclude=etcd&exclude=x&verbose', 200, '[+]ping ok\n[+]etcd excluded: ok\n[+]poststarthook/rbac/bootstrap-roles ok\nwarn: some health checks cannot be excluded: no matches for "x"\nhealthz check passed\n'],
  ['/healthz/poststarthook/rbac/bootstrap-roles', 200, 'ok'],
  ['/healthz/etcd', 500, 'internal server error: healthz check failed\n'],
  ['/healthz?exclude=etcd&include=etcd-connection', 500, '[+]ping ok\n[+]etcd excluded: ok\n[+]poststarthook/rbac/bootstrap-roles ok\n[-]etcd-connection failed: reason withheld\nhealthz check failed\n'],
  ['/healthz/nothing', 404, '404 page not found\n'],
])('%s answers %i', async (target, status, body) => {
  expect(await ask(target)).toEqual([status, body]);
});

test.each([
  ['a server that shuts down', ['shutdown'], '/readyz?while-draining=404', 404],
  ['a server that shuts down', ['shutdown'], '/readyz', 500],
  ['one that has lost etcd, too', ['etcd', 'shutdown'], '/readyz?while-draining=404', 500],
  ['one that serves', [], '/readyz?while-draining=404', 200],
])('%s (%j fail) answers %s with %i', async (_, failing, target, status) => {
  const readyz = ['etcd', 'shutdown'].map((name) => ({ name, check: () => (failing.includes(name) ? 'failed' : undefined) }));
  const [path = '', query] = target.split('?');
  const [, , handler] = healthHandlers({ healthz: [], livez: [], readyz, included: [] }, { metrics: new HealthMetrics(), logger: silentLogger });
  const answer = await handler?.handle({ path, query: new URLSearchParams(query) } as ApiRequest, {} as RequestContext); // all that is looked at
  expect(answer).toMatchObject({ status });
});

test('results of checks stand in /metrics/slis', async () => {
  const metrics = new HealthMetrics();
  await ask('/healthz', metrics);
  expect(metrics.registry).toBeInstanceOf(Registry);
  const lines = (await metrics.registry.metrics()).split('\n');
  expect(lines).toEqual(expect.arrayContaining(['kubernetes_healthcheck{name="ping",type="healthz"} 1', 'kubernetes_healthcheck{name="etcd",type="healthz"} 0', 'kubernetes_healthchecks_total{name="etcd",type="healthz",status="error"} 1']));
});

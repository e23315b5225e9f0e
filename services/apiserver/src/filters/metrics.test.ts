import { Registry } from 'prom-client';
import { createServerMetrics } from '../app/request-metrics.ts';
import type { Answer, ApiRequest } from '../pipeline/api-request.ts';
import { jsonAnswer } from '../pipeline/status-answer.ts';
import { createChain } from './chain.ts';
import { metrics } from './metrics.ts';
import { withSteps } from './steps.ts';

const now = Date.UTC(2026, 0, 1);

/** What one request leaves in the metrics; `during` looks while a stream is sent. */
async function measure(given: Partial<ApiRequest> & { method: string; path: string }, answer: Answer, during: (shown: () => Promise<string>) => Promise<void> = async () => undefined): Promise<string[]> {
  const registry = new Registry();
  let ms = 0;
  const chain = createChain([withSteps({ answerError: (error) => { throw error; }, steps: [metrics({ clock: { monotonicNow: () => (ms += 250) } as never, observer: createServerMetrics(registry, { now: () => now }) })] })], async () => answer);
  const [path = '', query] = given.path.split('?');
  const shown = async (): Promise<string> => registry.metrics();
  const result = await chain({ headers: {}, body: Buffer.alloc(0), peer: { address: '' }, signal: new AbortController().signal, receivedAt: now, transport: 'https', ...given, path, query: new URLSearchParams(query) });
  if (result.kind === 'stream') await result.write({ write: () => true, drained: () => during(shown) }, new AbortController().signal);
  return (await shown()).split('\n');
}

const REQUEST = 'group="",version="v1",resource="pods"';

describe('metrics', () => {
  it.each<[what: string, given: Partial<ApiRequest> & { method: string; path: string }, labels: string]>([
    ['a read of one', { method: 'GET', path: '/api/v1/namespaces/shop/pods/web' }, `verb="GET",${REQUEST},subresource="",scope="resource",component="apiserver",dry_run="",code="200",system_client=""`],
    ['a list', { method: 'GET', path: '/api/v1/pods' }, `verb="LIST",${REQUEST},subresource="",scope="cluster",component="apiserver",dry_run="",code="200",system_client=""`],
    ['a creation, which is of one', { method: 'POST', path: '/api/v1/namespaces/shop/pods?dryRun=All' }, `verb="POST",${REQUEST},subresource="",scope="resource",component="apiserver",dry_run="All",code="200",system_client=""`],
    ['server-side apply', { method: 'PATCH', path: '/api/v1/namespaces/shop/pods/web', headers: { 'content-type': 'application/apply-patch+yaml' } }, `verb="APPLY",${REQUEST},subresource="",scope="resource",component="apiserver",dry_run="",code="200",system_client=""`],
    ['a connection to a pod', { method: 'POST', path: '/api/v1/namespaces/shop/pods/web/exec' }, `verb="CONNECT",${REQUEST},subresource="exec",scope="resource",component="apiserver",dry_run="",code="200",system_client=""`],
    ['what a component of the control plane does', { method: 'GET', path: '/api/v1/pods', headers: { 'user-agent': 'kube-scheduler/v1.36' } }, `verb="LIST",${REQUEST},subresource="",scope="cluster",component="apiserver",dry_run="",code="200",system_client="kube-scheduler"`],
  ])('labels %s', async (_what, given, labels) => {
    expect(await measure(given, jsonAnswer(200, {}))).toContain(`apiserver_request_total{${labels}} 1`);
  });

  it('counts watches while they last', async () => {
    const gauge = (count: number): string => `apiserver_longrunning_requests{verb="WATCH",${REQUEST},subresource="",scope="cluster",component="apiserver"} ${count}`;
    let during = '';
    const watch: Answer = { kind: 'stream', status: 200, contentType: 'application/json', write: (sink, signal) => sink.drained(signal) };
    const after = await measure({ method: 'GET', path: '/api/v1/pods?watch=1' }, watch, async (shown) => { during = await shown(); });
    expect(during).toContain(gauge(1));
    expect(after).toContain(gauge(0));
  });

  it('measures times, sizes, certificates and deprecated APIs', async () => {
    const peer = { address: '', certificate: { commonName: '', organizations: [], expiresAtMs: now + 1000 * 1800 } };
    const labels = 'verb="GET",group="",version="v1",resource="endpoints",subresource="",scope="resource",component="apiserver"';
    const lines = await measure({ method: 'GET', path: '/api/v1/namespaces/shop/endpoints/web', peer }, jsonAnswer(200, 'x'.repeat(1500)));
    expect(lines).toEqual(expect.arrayContaining([
      `apiserver_request_duration_seconds_bucket{le="0.4",${labels},dry_run=""} 1`, `apiserver_request_sli_duration_seconds_sum{${labels}} 0.25`,
      `apiserver_response_sizes_bucket{le="10000",${labels}} 1`, 'apiserver_client_certificate_expiration_seconds_bucket{le="1800"} 1', 'apiserver_client_certificate_expiration_seconds_bucket{le="0"} 0',
      'apiserver_requested_deprecated_apis{group="",version="v1",resource="endpoints",subresource="",removed_release=""} 1',
    ]));
    expect(await measure({ method: 'POST', path: '/api/v1/namespaces/shop/pods', body: Buffer.alloc(60_000) }, jsonAnswer(201, {}))).toContain('apiserver_request_body_size_bytes_bucket{le="150000",resource="pods",group="",verb="create"} 1');
  });
});

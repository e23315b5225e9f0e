// Prometheus with the chart's configuration and rules watches a cluster: every panel of every dashboard has data, and alerts fire for what is killed, and end.
// To see alerts within seconds, intervals are shortened (values of the chart) and `for:` is taken out of the rules; expressions and thresholds stay.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, TestCluster } from '../framework/cluster.ts';
import { absentMetrics, wantedMetrics, type MetricsPage, type WantedMetric } from '../framework/metric-names.ts';
import { PrometheusServer, type Alert } from '../framework/prometheus.ts';
import { eventually, sleep } from '../framework/run.ts';

/** All ports keep their distance to this one. */
const SECURE_PORT = 12_443;
const OFFSET = SECURE_PORT - 6443;
const cluster = new TestCluster(SECURE_PORT, ['--nodes=1', '--etcd=3', '--replicas=3']);
const prometheus = new PrometheusServer(mkdtempSync(path.join(tmpdir(), 'kubernode-prometheus-')), 9090 + OFFSET);
const local = (...ports: readonly number[]): string[] => ports.map((port) => `127.0.0.1:${port + OFFSET}`);

const values = {
  scrape: { interval: '4s', timeout: '4s', evaluationInterval: '2s' },
  credentials: { caFile: path.join(prometheus.dir, 'ca.crt'), tokenFile: path.join(prometheus.dir, 'token') },
  jobs: {
    'kube-apiserver': { scheme: 'https', targets: local(16_450, 16_451, 16_452) }, 'kube-scheduler': { scheme: 'http', targets: local(10_259, 10_279) }, 'kube-controller-manager': { scheme: 'http', targets: local(10_257, 10_277) },
    kubelet: { scheme: 'https', targets: local(10_250) }, 'kube-proxy': { scheme: 'http', targets: local(10_249) }, 'kubernode-network-policy': { scheme: 'http', targets: local(10_246) }, coredns: { scheme: 'http', targets: local(9153) },
    etcd: { scheme: 'http', targets: local(2381, 2391, 2401) }, haproxy: { scheme: 'http', targets: local(16_444) },
  },
};

beforeAll(async () => {
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
  const file = path.join(cluster.home, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  const installed = await cluster.kubernodeHere('chart', 'install', 'watch', path.join(root, 'charts/monitoring'), '--namespace=monitoring', '--create-namespace', `--values=${file}`);
  if (installed.status !== 0) throw new Error(`chart install failed: ${installed.stdout}${installed.stderr}`);
  const read = async (what: string): Promise<Record<string, string>> => (JSON.parse(await cluster.kubectl(`-n monitoring get ${what} -o json`)) as { data: Record<string, string> }).data;
  const secret = await eventually('a token', async () => { const data = await read('secret watch-monitoring-token'); return data['token'] === undefined ? undefined : data; });
  const rules = Object.entries(await read('configmap watch-monitoring-rules')).map(([name, text]) => [`rules/${name}`, text.replace(/^ +for: .*\n/gm, '')]);
  prometheus.write({ ...await read('configmap watch-monitoring-prometheus'), ...Object.fromEntries(rules), token: decoded(secret['token']), 'ca.crt': decoded(secret['ca.crt']) });
  const checked = await prometheus.check();
  if (checked.status !== 0) throw new Error(`${checked.stdout}${checked.stderr}`);
  prometheus.start();
  await eventually('work', async () => (await cluster.kubectl(`apply --validate=false -f ${path.join(import.meta.dirname, '../testdata/monitored-work.yaml')}`)) !== '', 60_000);
}, 240_000);

afterAll(async () => {
  await prometheus.stop();
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 90_000);

function decoded(base64: string | undefined): string { return Buffer.from(base64 ?? '', 'base64').toString(); }

test('every target of the scrape configuration is up', async () => {
  const down = async (): Promise<string[]> => (await prometheus.targets()).filter(({ health }) => health !== 'up').map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`);
  await eventually('all targets', async () => { const faults = await down(); if (faults.length > 0) throw new Error(faults.join('\n')); return (await prometheus.targets()).length === 19; }, 120_000);
}, 150_000);

/** How the pages of metric-names.ts are called here; the others have the name of their job. */
const JOBS: Partial<Record<MetricsPage, string>> = { apiserver: 'kube-apiserver', scheduler: 'kube-scheduler', 'controller-manager': 'kube-controller-manager', state: 'kube-state-metrics', probes: 'kubelet-probes', proxy: 'kube-proxy', dns: 'coredns', 'network-policy': 'kubernode-network-policy' };

/** What of a metric is missing; undefined where all is there. */
async function lackOf({ page, name, labels = [], le = [] }: WantedMetric): Promise<string | undefined> {
  const selector = `${name}{job="${JOBS[page] ?? page}"}`;
  const present = await prometheus.labelNames(selector);
  if (present.length === 0) return `${page}: ${name}`;
  const bounds = le.length === 0 ? [] : await prometheus.labelValues('le', selector);
  const lacking = [...labels.filter((label) => !present.includes(label)), ...le.filter((bound) => !bounds.includes(bound)).map((bound) => `le="${bound}"`)];
  return lacking.length === 0 ? undefined : `${page}: ${name} without ${lacking.join(', ')}`;
}

test('the metrics that rules and dashboards of kubernetes-mixin read are there, with their labels and buckets', async () => {
  const wanted = wantedMetrics.filter(({ page }) => page !== 'resource'); // no job asks for it: metrics servers do
  await eventually('all metrics', async () => {
    await cluster.kubectlResult('-n refused create configmap x'); // a webhook that fails
    await cluster.kubectlResult('logs failing --tail=1'); // a long request with a subresource
    const lacks: string[] = [];
    for (const one of wanted) { const lack = await lackOf(one); if (lack !== undefined) lacks.push(lack); }
    if (lacks.length > 0) throw new Error(lacks.join('\n'));
    return true;
  }, 120_000);
  expect(wanted.filter(({ name }) => name in absentMetrics)).toEqual([]);
}, 150_000);

interface Shown { title: string; panels: { title: string; targets?: { expr: string }[] }[] }

/** What depends on the host: name servers that answer, a kernel that counts the disk of a control group. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['DNS / Name servers', 'DNS / Name servers, p99', 'Pods / Disk']);

test('every panel of every dashboard has data', async () => {
  const dir = path.join(root, 'charts/monitoring/dashboards');
  const queries = readdirSync(dir).flatMap((file) => {
    const { title, panels } = JSON.parse(readFileSync(path.join(dir, file), 'utf8')) as Shown;
    return panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ name: `${title.replace('Kubernode / ', '')} / ${panel.title}`, expr: expr.replaceAll(/\$(cluster|job|instance)/g, '.*').replaceAll('$__rate_interval', '1m') })));
  });
  await eventually('data for all panels', async () => {
    const empty = (await Promise.all(queries.map(async ({ name, expr }) => ((await prometheus.query(expr)).length === 0 && !MAY_BE_EMPTY.has(name) ? `${name}: ${expr}` : undefined)))).filter((one) => one !== undefined);
    if (empty.length > 0) throw new Error(empty.join('\n'));
    return true;
  }, 120_000);
}, 150_000);

const firing = async (name: string): Promise<readonly Alert[]> => (await prometheus.alerts()).filter(({ state, labels }) => state === 'firing' && labels['alertname'] === name);

test('alerts tell of pods that fail and of images that cannot be had, with a link to what to do', async () => {
  for (const [name, pod] of [['KubePodCrashLooping', 'failing'], ['KubeContainerWaiting', 'without-image'], ['KubePodNotReady', 'failing']] as const) {
    const alert = await eventually(`${name} of ${pod}`, async () => (await firing(name)).find(({ labels }) => labels['pod'] === pod), 120_000);
    expect([alert.labels['namespace'], alert.annotations['runbook_url']]).toEqual(['default', `docs/alerts.md#${name.toLowerCase()}`]);
    expect(alert.annotations['description']).toContain(`default/${pod}`);
  }
  await eventually('KubeJobFailed', async () => (await firing('KubeJobFailed')).length > 0, 120_000);
  await eventually('KubeAggregatedAPIDown', async () => (await firing('KubeAggregatedAPIDown')).length > 0, 120_000);
}, 300_000);

/** Ends a process, and again whenever the supervisor has started it, as long as something goes on. */
async function keepDown<T>(name: string, whileDown: () => Promise<T>): Promise<T> {
  let [held, killed] = [true, 0];
  const killing = (async () => {
    for (; held; await sleep(50)) {
      try {
        const pid = cluster.pidOf(name);
        if (pid === killed) continue; // not started again yet
        killed = pid;
        process.kill(pid, 'SIGKILL');
      } catch { /* it is between two lives */ }
    }
  })();
  try { return await whileDown(); } finally { held = false; await killing; }
}

test.each([
  ['apiserver-1', 'KubeAPIInstanceUnreachable'], ['etcd-1', 'etcdMembersDown'], ['scheduler-1', 'KubeSchedulerInstanceUnreachable'], ['node-0', 'KubeletInstanceUnreachable'],
])('%s killed: %s fires, and ends when it is back', async (name, alert) => {
  await eventually(`no ${alert}`, async () => (await firing(alert)).length === 0, 120_000); // a busy machine may answer late
  await keepDown(name, () => eventually(alert, async () => (await firing(alert)).length > 0, 120_000));
  await eventually(`the end of ${alert}`, async () => (await firing(alert)).length === 0, 120_000);
}, 400_000);

// Logs, shells, ports and figures of a node that runs containers, as kubectl asks for them: over websockets and over SPDY.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { request as httpsRequest } from 'node:https';
import path from 'node:path';
import { TestCluster } from './framework/cluster.ts';
import { eventually, run, start, type Result } from './framework/run.ts';

const IMAGE = 'localhost/kubernode-demo:1';
const NODE_PROXY = '--raw /api/v1/nodes';
const cluster = new TestCluster(21_600, ['--replicas=1']);
let nodeName = '';
let nodePort = 0;
let nodeIp = '';

const container = (name: string, command: string, more: object = {}): object => ({ name, image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', command], ...more });
const pod = (name: string, containers: readonly object[], more: object = {}): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: { terminationGracePeriodSeconds: 0, containers, ...more } });
const SERVE = 'mkdir /w; echo served > /w/index.html; exec httpd -f -p 8080 -h /w';
const OBJECTS = [
  pod('talker', [container('main', 'i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done'), container('web', SERVE, { resources: { limits: { cpu: '500m', memory: '64Mi' } } })]),
  pod('brief', [container('main', 'for i in 1 2 3; do echo $i; sleep 0.5; done; echo to the error stream >&2')], { restartPolicy: 'Never' }),
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'talker' }, ports: [{ port: 80, targetPort: 8080 }] } },
  { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'busy' }, spec: { selector: { matchLabels: { app: 'busy' } }, template: { metadata: { labels: { app: 'busy' } }, spec: { terminationGracePeriodSeconds: 0, containers: [container('main', 'while true; do :; done', { resources: { requests: { cpu: '20m' }, limits: { cpu: '60m' } } })] } } } },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'busy' }, spec: { minReplicas: 1, maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'busy' }, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody' } }, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'metrics-reader' } },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'metrics-reader' }, rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }] },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'metrics-reader' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'metrics-reader' }, subjects: [{ kind: 'ServiceAccount', name: 'metrics-reader', namespace: 'default' }] },
];

beforeAll(async () => {
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
  await eventually('the default account', async () => (await cluster.kubectlResult('get serviceaccount default')).status === 0);
  await cluster.kubectl('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: OBJECTS }));
  [nodeName = '', nodeIp = '', nodePort = 0] = (await cluster.kubectl('get nodes -o jsonpath={.items[0].metadata.name},{.items[0].status.addresses[0].address},{.items[0].status.daemonEndpoints.kubeletEndpoint.Port}')).split(',').map((part, index) => (index === 2 ? Number(part) : part)) as [string, string, number]; // in that order
  await cluster.kubectl('wait --for=condition=Ready pod/talker --timeout=60s');
}, 240_000);

afterAll(async () => {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

const sha = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** kubectl with words that may have spaces. */
function kubectl(words: readonly string[], { env = {}, input }: { env?: Record<string, string>; input?: string } = {}): Promise<Result> {
  return run('kubectl', words, { env: { ...cluster.env, ...env }, timeoutMs: 60_000, ...(input !== undefined && { input }) });
}

const OVER_SPDY = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };

describe.each([['websockets', {}, 21_690], ['SPDY', OVER_SPDY, 21_691]] as const)('over %s', (_protocol, env, localPort) => {
  const exec = (options: readonly string[], command: string, input?: string): Promise<Result> => kubectl(['exec', ...options, 'talker', '-c', 'web', '--', 'sh', '-c', command], { env, ...(input !== undefined && { input }) });

  it('exec gives output, errors and the exit code apart', async () => {
    expect(await exec([], 'echo out; echo err >&2; exit 7')).toEqual({ status: 7, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 7\n' });
    expect((await kubectl(['exec', 'talker', '-c', 'web', '--', 'no-such-program'], { env })).stderr).toMatch(/executable file not found in \$PATH/);
  }, 60_000);

  it('exec ends its input where the client does, whatever the size', async () => {
    const text = randomBytes(2_000_000).toString('base64');
    expect((await exec(['-i'], 'sha256sum', text)).stdout).toBe(`${sha(text)}  -\n`);
    expect((await exec([], 'yes 0123456789abcdef | head -c 5000000')).stdout.length).toBe(5_000_000);
    expect((await exec(['-i'], 'exit 4', 'little')).status).toBe(4); // a command that does not read
  }, 60_000);

  it('a terminal has the size of the client\'s', async () => {
    const { stdout } = await run('script', ['-qec', 'stty rows 33 cols 111; kubectl exec -it talker -c web -- sh -c "sleep 0.5; stty size; tty; exit 9"', '/dev/null'], { env: { ...cluster.env, ...env } });
    expect(stdout).toMatch(/33 111\r\n\/dev\/pts\/\d+\r\n/);
  }, 60_000);

  it('cp carries folders there and back', async () => {
    const source = path.join(cluster.home, 'source');
    const back = path.join(cluster.home, `back-${localPort}`);
    const bytes = randomBytes(1_000_000);
    mkdirSync(path.join(source, 'deep'), { recursive: true });
    writeFileSync(path.join(source, 'deep/file'), bytes);
    expect((await kubectl(['cp', source, `talker:/tmp/copy-${localPort}`, '-c', 'web'], { env })).status).toBe(0);
    expect((await kubectl(['cp', `talker:/tmp/copy-${localPort}`, back, '-c', 'web'], { env })).status).toBe(0);
    expect(sha(readFileSync(path.join(back, 'deep/file')))).toBe(sha(bytes));
  }, 60_000);

  it('port-forward serves many connections at once, and a port that nobody listens on harms no other', async () => {
    const forward = start('kubectl', ['port-forward', 'svc/web', `${localPort}:80`], { ...cluster.env, ...env });
    const toNobody = start('kubectl', ['port-forward', 'pod/talker', `${localPort + 5}:9`, `${localPort + 6}:8080`], { ...cluster.env, ...env });
    try {
      const ask = (port: number): Promise<string> => new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => { let body = ''; response.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve(body)); }).on('error', reject);
      });
      await eventually('the port', async () => await ask(localPort) === 'served\n');
      expect(new Set(await Promise.all(Array.from({ length: 30 }, () => ask(localPort))))).toEqual(new Set(['served\n']));
      await eventually('the second port', async () => await ask(localPort + 6) === 'served\n');
      await expect(ask(localPort + 5)).rejects.toThrow();
    } finally { await Promise.all([forward.stop(), toNobody.stop()]); }
  }, 60_000);
});

describe('logs', () => {
  it('show the end, times, streams of all containers, and where there are none why', async () => {
    const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
    expect(lines(await cluster.kubectl('logs talker -c main --tail=3'))).toEqual([1, 2, 3].map(() => expect.stringMatching(/^line \d+$/)));
    expect(await cluster.kubectl('logs talker -c main --tail=1 --timestamps')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line \d+\n$/);
    expect(await cluster.kubectl('logs talker -c main --limit-bytes=6')).toBe('line 0');
    expect(lines(await cluster.kubectl('logs talker -c main --since=2s')).length).toBeLessThan(15);
    expect(await cluster.kubectl('logs talker --all-containers --prefix --tail=1')).toMatch(/^\[pod\/talker\/main\] line \d+\n$/);
    expect((await cluster.kubectlResult('logs talker -c web --previous')).stderr).toBe('Error from server (BadRequest): previous terminated container "web" in pod "talker" not found\n');
  }, 60_000);

  it('are followed until the container ends', async () => {
    expect(await cluster.kubectl('logs -f brief')).toBe('1\n2\n3\nto the error stream\n');
  }, 60_000);
});

describe('pods for a while', () => {
  it('run -i --rm feeds the container, passes its exit code on and removes it', async () => {
    const { status, stdout } = await kubectl(['run', 'once', '-i', '--rm', '--restart=Never', `--image=${IMAGE}`, '--image-pull-policy=Never', '--', 'sh', '-c', 'read line; echo "got $line"; sleep 1; exit 3'], { input: 'a line\n' });
    expect([status, stdout]).toEqual([3, expect.stringContaining('got a line\n')]);
    expect((await cluster.kubectlResult('get pod once')).status).toBe(1);
  }, 60_000);

  it('debug adds a container that sees the processes of another, and copies a pod', async () => {
    await kubectl(['debug', 'talker', `--image=${IMAGE}`, '--image-pull-policy=Never', '--target=main', '--profile=general', '-c', 'debugger', '--', 'sh', '-c', 'while true; do ps; sleep 1; done']);
    await eventually('processes', async () => (await cluster.kubectl('logs talker -c debugger')).includes('echo line'));
    await kubectl(['debug', 'talker', `--image=${IMAGE}`, '--image-pull-policy=Never', '--copy-to=copy', '--container=main', '--profile=general', '--', 'sh', '-c', 'echo copied; sleep 1000']);
    await eventually('the copy', async () => (await cluster.kubectl('logs copy -c main')) === 'copied\n');
  }, 60_000);

  it('debug of a node sees its files', async () => {
    const { stdout, stderr } = await kubectl(['debug', `node/${nodeName}`, `--image=${IMAGE}`, '--image-pull-policy=Never', '--profile=general', '--', 'sh', '-c', 'ls -d /host/etc/passwd; sleep 1000']);
    const name = /node-debugger-\S+/.exec(stdout + stderr)?.[0] ?? '';
    await eventually('the node', async () => (await cluster.kubectl(`logs ${name}`)) === '/host/etc/passwd\n');
  }, 60_000);
});

describe('figures', () => {
  it('stand behind kubectl top', async () => {
    await eventually('pods', async () => /busy-\S+ +[1-9]\d*m +\d+Mi/.test(await cluster.kubectl('top pods')), 60_000);
    await eventually('containers', async () => /talker +main +\d+m +\d+Mi/.test(await cluster.kubectl('top pods talker --containers --no-headers')), 60_000);
    expect(await cluster.kubectl('top nodes --no-headers')).toMatch(new RegExp(`^${nodeName} +\\d+m +\\d+% +\\d+Mi +\\d+%`));
  }, 150_000);

  it('make an autoscaler add a pod', async () => {
    await eventually('two replicas', async () => (await cluster.kubectl('get deployment busy -o jsonpath={.spec.replicas}')) === '2', 90_000);
    await cluster.kubectl('delete deployment/busy hpa/busy --wait=false');
  }, 100_000);

  it('come in the kubelet\'s shapes', async () => {
    const ask = (what: string): Promise<string> => cluster.kubectl(`get ${NODE_PROXY}/${nodeName}/proxy/${what}`);
    const { node, pods } = JSON.parse(await ask('stats/summary')) as { node: object; pods: readonly { podRef: { name: string } }[] }; // stats/v1alpha1
    const positive = expect.any(Number) as unknown;
    expect(node).toMatchObject({ nodeName, cpu: { usageCoreNanoSeconds: positive }, memory: { workingSetBytes: positive, availableBytes: positive }, fs: { capacityBytes: positive }, runtime: { imageFs: { usedBytes: positive } }, rlimit: { maxpid: positive } });
    expect(pods.find(({ podRef }) => podRef.name === 'talker')).toMatchObject({
      cpu: { usageCoreNanoSeconds: positive }, memory: { workingSetBytes: positive }, network: { name: 'eth0', rxBytes: positive }, 'ephemeral-storage': { usedBytes: positive }, process_stats: { process_count: positive },
      volume: [{ name: expect.stringMatching(/^kube-api-access-/), usedBytes: positive }],
    });
    expect(await ask('metrics/cadvisor')).toMatch(/^container_memory_working_set_bytes\{container="web",id="[^"]+",image="localhost\/kubernode-demo:1",name="[0-9a-f]{64}",namespace="default",pod="talker"\} \d+ \d{13}$/m);
    expect(await ask('metrics/resource')).toMatch(/^container_cpu_usage_seconds_total\{container="main",namespace="default",pod="talker"\} [\d.]+ \d{13}$/m);
    expect(await ask('metrics')).toMatch(/^kubelet_http_requests_total\{/m);
    expect(JSON.parse(await ask('configz'))).toMatchObject({ kubeletconfig: { kind: 'KubeletConfiguration' } });
    expect(await ask('healthz')).toBe('ok');
  }, 60_000);
});

describe('the node\'s own server', () => {
  const ask = (url: string, { token, method = 'GET' }: { token?: string; method?: string } = {}): Promise<number> => new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    httpsRequest({ host: nodeIp, port: nodePort, path: url, method, headers, rejectUnauthorized: false, agent: false }, (response) => { response.resume(); resolve(response.statusCode ?? 0); }).on('error', reject).end();
  });
  const PATHS = ['/', '/pods', '/runningpods/', '/healthz', '/configz', '/metrics', '/metrics/cadvisor', '/metrics/resource', '/metrics/probes', '/stats/summary', '/logs/', '/containerLogs/default/talker/main', '/exec/default/talker/web?output=1&command=id', '/attach/default/talker/web?output=1', '/portForward/default/talker', '/debug/pprof/'];

  it('answers nobody without credentials, or without the right', async () => {
    const nobody = await cluster.kubectl('create token nobody');
    const expired = `${nobody.split('.').slice(0, 2).join('.')}.${Buffer.from('forged').toString('base64url')}`;
    for (const url of PATHS) expect([url, await ask(url), await ask(url, { token: 'wrong' }), await ask(url, { token: expired }), await ask(url, { token: nobody })]).toEqual([url, 401, 401, 401, 403]);
    for (const url of ['/run/default/talker/web?cmd=id', '/checkpoint/default/talker/web', '/exec/default/talker/web?output=1&command=id']) expect([await ask(url, { method: 'POST' }), await ask(url, { method: 'POST', token: nobody })]).toEqual([401, 403]);
    expect(await ask('/localVolumes/x', { method: 'DELETE', token: nobody })).toBe(403);
  }, 60_000);

  it('gives who may read metrics just these', async () => {
    const token = await cluster.kubectl('create token metrics-reader');
    for (const url of PATHS) expect([url, await ask(url, { token })]).toEqual([url, url.startsWith('/metrics') ? 200 : 403]);
    for (const url of ['/metrics/../pods', '/metrics/%2e%2e/pods', '/metrics/..%2fpods']) expect([url, await ask(url, { token })]).toEqual([url, 400]);
  }, 60_000);
});

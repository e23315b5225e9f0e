// A cluster with one node that runs containers, as `make up` gives it: everything the README's tour shows, and nothing left afterwards.
import { rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { root, TestCluster } from './framework/cluster.ts';
import { snapshotHost, type HostSnapshot } from './framework/host-snapshot.ts';
import { eventually, run, sleep, start, type Result } from './framework/run.ts';

const cluster = new TestCluster(7443);
let before: HostSnapshot;

beforeAll(async () => {
  before = await snapshotHost(cluster.dir);
  const { status, stdout, stderr } = await cluster.up();
  if (status !== 0) throw new Error(`up failed: ${stdout}${stderr}`);
}, 180_000);

afterAll(async () => {
  await cluster.kubernode('down', '--purge');
  rmSync(cluster.home, { recursive: true, force: true });
}, 120_000);

const nodeAddress = (): string => Object.values(networkInterfaces()).flatMap((list) => list ?? []).find((one) => one.family === 'IPv4' && !one.internal && !one.address.startsWith('10.244.'))?.address ?? '127.0.0.1';

function http(method: string, url: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, timeout: 5000, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('end', () => resolve(text));
    });
    asked.on('timeout', () => asked.destroy(new Error('timeout')));
    asked.on('error', reject);
    asked.end(body);
  });
}

test('up gives a Ready node and adds a context to the kubeconfig', async () => {
  expect(await cluster.kubectl('get nodes --no-headers')).toMatch(/ Ready /);
  const { stdout } = await run('kubectl', ['config', 'get-contexts', '-o', 'name'], { env: { HOME: cluster.home, KUBECONFIG: '' } });
  expect(stdout.trim()).toBe('kubernode');
});

test('up while it is up says so', async () => {
  const { status, stdout } = await cluster.up();
  expect([status, stdout]).toEqual([0, expect.stringContaining('is already up')]);
}, 60_000);

test('the guestbook runs, is reached by its node port, and finds its store by name', async () => {
  await cluster.kubectl(`apply -f ${path.join(root, 'examples/guestbook.yaml')}`);
  await cluster.kubectl('rollout status deployment/guestbook-store --timeout=60s');
  await cluster.kubectl('rollout status deployment/guestbook-frontend --timeout=60s');
  const url = `http://${nodeAddress()}:30080/cgi-bin`;
  const message = `hello ${process.pid}`;
  await eventually('a kept message', async () => (await http('POST', `${url}/sign`, message)).includes('kept'));
  const seen = await eventually('all three replicas', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => http('GET', `${url}/read`)));
    const replicas = new Set(answers.map((text) => /served by (\S+)/.exec(text)?.[1]));
    return answers.every((text) => text.includes(message)) && replicas.size === 3 && replicas;
  });
  expect(seen.size).toBe(3);
}, 120_000);

test('pods reach services by name, the API by its service, and other names are answered as unknown', async () => {
  const pod = (await cluster.kubectl('get pods -l tier=frontend -o name')).split('\n')[0] ?? '';
  expect(await cluster.kubectl(`exec ${pod} -- wget -q -O - http://guestbook/cgi-bin/read`)).toContain('served by');
  expect(await cluster.kubectl(`exec ${pod} -- nslookup kubernetes.default.svc.cluster.local`)).toContain('10.96.0.1');
  expect(await cluster.kubectl(`exec ${pod} -- cat /var/run/secrets/kubernetes.io/serviceaccount/namespace`)).toBe('default');
  const reach = await run('kubectl', ['exec', pod, '--', 'sh', '-c', 'echo x | nc -w 3 kubernetes.default 443 > /dev/null && echo reached'], { env: cluster.env });
  expect(reach.stdout).toBe('reached\n'); // the API servers, through their service
  expect((await cluster.kubectlResult(`exec ${pod} -- nslookup nothing.default.svc.cluster.local`)).stdout).toMatch(/NXDOMAIN|can't find/);
}, 60_000);

test('logs -f, exec with input and its exit code, cp and port-forward work', async () => {
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'talker' }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'localhost/kubernode-demo:1', command: ['sh', '-c', 'i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done'] }] } };
  await cluster.kubectl('apply -f -', JSON.stringify(manifest));
  await cluster.kubectl('wait --for=condition=Ready pod/talker --timeout=30s');
  const following = start('kubectl', ['logs', '-f', 'talker'], cluster.env);
  await eventually('three lines', async () => /line 0[\s\S]*line 2/.test(following.output()));
  await following.stop();
  expect((await cluster.kubectlResult('exec -i talker -- cat', 'from standard input\n')).stdout).toBe('from standard input\n');
  expect((await run('kubectl', ['exec', 'talker', '--', 'sh', '-c', 'exit 7'], { env: cluster.env })).status).toBe(7);
  const file = path.join(cluster.home, 'copied.txt');
  writeFileSync(file, 'copied\n');
  await cluster.kubectl(`cp ${file} talker:/tmp/copied.txt`);
  expect(await cluster.kubectl('exec talker -- cat /tmp/copied.txt')).toBe('copied\n');
  const forward = start('kubectl', ['port-forward', 'service/guestbook', '38880:80'], cluster.env);
  await eventually('an answer through port-forward', async () => (await http('GET', 'http://127.0.0.1:38880/cgi-bin/read')).includes('served by'));
  await forward.stop();
}, 90_000);

test('the demo chart is installed, tested, upgraded, taken back where an upgrade cannot succeed in its time, and uninstalled', async () => {
  const chart = async (verb: string, ...args: readonly string[]): Promise<Result> => cluster.kubernodeHere('chart', verb, 'visitors', ...args, '--namespace=apps');
  const must = async (verb: string, ...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await chart(verb, ...args);
    if (status !== 0) throw new Error(`chart ${verb}: ${stdout}${stderr}`);
    return stdout;
  };
  const demo = path.join(root, 'charts/demo');
  const web = '-n apps get deployment visitors-demo-web -o jsonpath={.status.readyReplicas}:{.spec.template.spec.containers[0].resources.requests.memory}';
  await must('install', demo, '--create-namespace', '--wait', '--timeout=50s');
  expect(await must('test', '--logs')).toMatch(/Phase: +Succeeded[\s\S]*the test of visitors-demo-test/);
  await must('upgrade', demo, '--set=web.replicas=3', '--atomic', '--timeout=50s');
  expect(await cluster.kubectl(web)).toBe('3:16Mi');
  const refused = await chart('upgrade', demo, '--set=web.replicas=3', '--set=web.resources.requests.memory=900Ti,web.resources.limits.memory=900Ti', '--atomic', '--timeout=6s');
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/timed out[\s\S]*visitors-demo-web/)]);
  expect(await cluster.kubectl(web)).toBe('3:16Mi'); // nobody was missed meanwhile
  const history = JSON.parse(await must('history', '--output=json')) as { status: string; description: string }[]; // as helm has it
  expect(history.map(({ status }) => status)).toEqual(['superseded', 'superseded', 'failed', 'deployed']);
  expect(history[3]?.description).toBe('Rollback to 2');
  await must('uninstall', '--wait', '--timeout=50s');
  expect((await cluster.kubectl('-n apps get deployments,statefulsets,cronjobs,jobs,services,secrets,configmaps,networkpolicies,poddisruptionbudgets -o name')).trim()).toBe('configmap/kube-root-ca.crt');
  await cluster.kubectl('delete namespace apps --timeout=50s'); // with the claim, which a StatefulSet leaves
}, 240_000);

test('a pod that fails is restarted with back-off; one that is not ready gets no traffic; deletion is graceful', async () => {
  const container = { image: 'localhost/kubernode-demo:1' };
  const pods = [
    { metadata: { name: 'failing' }, spec: { containers: [{ ...container, name: 'main', command: ['sh', '-c', 'exit 3'] }] } },
    { metadata: { name: 'unready' }, spec: { containers: [{ ...container, name: 'main', command: ['sleep', '1000'], readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } }] } },
    { metadata: { name: 'graceful' }, spec: { terminationGracePeriodSeconds: 20, containers: [{ ...container, name: 'main', command: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.1; done'] }] } },
  ];
  for (const pod of pods) await cluster.kubectl('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...pod }));
  await eventually('a restart', async () => Number(await cluster.kubectl('get pod failing -o jsonpath={.status.containerStatuses[0].restartCount}')) >= 1);
  expect(await cluster.kubectl('get pod failing -o jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}')).toBe('3');
  await cluster.kubectl('wait --for=jsonpath={.status.phase}=Running pod/unready pod/graceful --timeout=30s');
  expect(await cluster.kubectl('get pod unready --no-headers')).toMatch(/0\/1 +Running/);
  const startedAt = Date.now();
  await cluster.kubectl('delete pod graceful --wait=true');
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  await cluster.kubectl('delete pod failing unready --now');
}, 90_000);

test('a rolling update replaces all pods without an unavailable one', async () => {
  const url = `http://${nodeAddress()}:30080/cgi-bin/read`;
  let failures = 0;
  let stop = false;
  const asking = (async () => { while (!stop) { await http('GET', url).catch(() => { failures++; }); await sleep(50); } })();
  await cluster.kubectl('set env deployment/guestbook-frontend VERSION=2');
  await cluster.kubectl('rollout status deployment/guestbook-frontend --timeout=90s');
  stop = true;
  await asking;
  expect((await cluster.kubectl('rollout history deployment/guestbook-frontend')).match(/^\d/gm)).toEqual(['1', '2']);
  expect(failures).toBeLessThanOrEqual(2); // requests that were under way in a pod that ended
}, 120_000);

test('status tells processes, leaders and certificates; logs prints a log', async () => {
  const { status, stdout } = await cluster.kubernode('status');
  expect(status).toBe(0);
  for (const what of [/apiserver-2 +\d+ +ready/, /kube-scheduler is led by \S+/, /certificates, the oldest/, /Memory: \d+ MB/, /Started in/]) expect(stdout).toMatch(what);
  expect((await cluster.kubernode('logs', 'apiserver-0', '--tail=1')).stdout).toMatch(/^\{.*\}\n$/);
}, 30_000);

test('down removes everything from the host and keeps the data; up continues with it', async () => {
  await cluster.kubectl('create configmap kept --from-literal=a=b');
  const { stdout } = await cluster.kubernode('down');
  expect(stdout).toContain('removed pod default/guestbook-store');
  expect(await snapshotHost(cluster.dir)).toEqual(before);
  const again = await cluster.up();
  expect([again.status, again.stderr]).toEqual([0, '']);
  expect(await cluster.kubectl('get configmap kept -o jsonpath={.data.a}')).toBe('b');
  await cluster.kubectl('rollout status deployment/guestbook-frontend --timeout=90s');
  expect((await cluster.kubernode('down', '--purge')).status).toBe(0);
  expect(await snapshotHost(cluster.dir)).toEqual(before);
}, 240_000);

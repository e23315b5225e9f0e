import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import { systemClock } from '@kubernode/base';
import { startContainerd, type TestContainerd } from './containerd.ts';
import { createTestNode, testPod, type TestNode } from './test-node.ts';

// What only a kernel and a runtime can show of a pod's life. All pods are made at once; each test waits for its own.
let containerd: TestContainerd;
let node: TestNode;
const BRIDGE = 'kntest6';
const DIR = '/tmp/na/features';
const WAIT_MS = 120_000;
const RUN = 'trap "exit 0" TERM; sleep 1000 & wait';
const sh = (script: string): string[] => ['sh', '-c', script];

beforeAll(async () => {
  containerd = await startContainerd(DIR);
  mkdirSync(`${DIR}/order`);
  node = createTestNode(containerd, { podCidr: '10.201.6.0/24', bridge: BRIDGE, args: ['--pod-max-pids=512', '--allowed-unsafe-sysctls=kernel.msg*'] });
  node.start();
  await until('a ready node', () => node.client.stored(coreV1Resources.nodes, 'n1')?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true);
  for (const [name, spec] of Object.entries(PODS)) put(name, spec);
}, 60_000);

afterAll(async () => {
  await node.stop();
  await containerd.stop();
  execFileSync('ip', ['link', 'del', BRIDGE]);
}, 60_000);

function put(name: string, spec: Partial<coreV1.PodSpec>, generation = 1): void { node.client.put(testPod(name, spec, { ...node.pod(name)?.metadata, generation })); }
const until = (what: string, holds: () => boolean): Promise<void> => node.until(what, holds, WAIT_MS);
const status = (name: string): coreV1.PodStatus => node.pod(name)?.status ?? {};
const main = (name: string, index = 0): coreV1.ContainerStatus | undefined => status(name).containerStatuses?.[index];
const said = (name: string, index = 0): string => main(name, index)?.state?.terminated?.message ?? '';
const isReady = (name: string): boolean => status(name).conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
const events = (name: string): string[] => node.client.all(coreV1Resources.events).filter(({ involvedObject }) => involvedObject.name === name).map(({ reason, message }) => `${reason}: ${message}`);
const uidOf = (name: string): string => node.pod(name)?.metadata.uid ?? '';

function deleteGracefully(name: string, seconds: number): void {
  const pod = node.pod(name);
  if (pod === undefined) throw new Error(`no pod ${name}`);
  node.client.put({ ...pod, metadata: { ...pod.metadata, finalizers: ['kubernode.test/hold'], deletionTimestamp: new Date(systemClock.now()).toISOString(), deletionGracePeriodSeconds: seconds } });
}
const wasDeleted = (name: string): boolean => node.client.writes.some(({ verb, resource, key }) => verb === 'delete' && resource === 'pods' && key === `default/${name}`);

const LAST = ' > /dev/termination-log';
const VOLUME = { volumes: [{ name: 'v', emptyDir: {} }] };
const mounts = [{ name: 'v', mountPath: '/v' }];
const once = (name: string, first: string): string[] => sh(`if [ -e /v/${name} ]; then ${RUN}; fi; touch /v/${name}; ${first}`);
const ORDER = { volumes: [{ name: 'v', hostPath: { path: `${DIR}/order`, type: 'Directory' } }] };
const tell = (name: string): string[] => sh(`echo start ${name} >> /v/log; trap "echo end ${name} >> /v/log; exit 0" TERM; sleep 1000 & wait`);
const sized = (cpu: string, memory: string): coreV1.ResourceRequirements => ({ requests: { cpu, memory }, limits: { cpu, memory } });

const PODS: Record<string, Partial<coreV1.PodSpec>> = {
  rules: {
    ...VOLUME, restartPolicy: 'Never',
    containers: [{ name: 'c', restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }], command: sh('[ -e /v/x ] && exit 0; touch /v/x; exit 42'), volumeMounts: mounts }],
  },
  anew: {
    ...VOLUME, restartPolicy: 'Always',
    initContainers: [{ name: 'i', command: sh('echo run >> /v/inits'), volumeMounts: mounts }],
    containers: [
      { name: 'a', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } }], command: once('a', 'sleep 2; exit 88'), volumeMounts: mounts },
      { name: 'b', command: sh(RUN), volumeMounts: mounts },
    ],
  },
  sidecars: {
    ...ORDER,
    initContainers: [
      { name: 's1', restartPolicy: 'Always', command: tell('s1'), volumeMounts: mounts, startupProbe: { exec: { command: ['test', '-e', '/v/log'] }, periodSeconds: 1 } },
      { name: 'init', command: sh('echo start init >> /v/log'), volumeMounts: mounts },
      { name: 's2', restartPolicy: 'Always', command: tell('s2'), volumeMounts: mounts },
    ],
    containers: [{ name: 'main', command: tell('main'), volumeMounts: mounts }],
  },
  badhook: { containers: [{ name: 'c', command: sh(RUN), lifecycle: { postStart: { exec: { command: ['false'] } } } }] },
  shared: { shareProcessNamespace: true, containers: [{ name: 'c', command: sh(`exec sleep 4321`) }], terminationGracePeriodSeconds: 1 },
  target: { containers: [{ name: 'c', command: sh('exec sleep 1234') }], terminationGracePeriodSeconds: 1 },
  root: { containers: [{ name: 'c', command: sh(RUN), securityContext: { runAsNonRoot: true } }] },
  user: {
    restartPolicy: 'Never', securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000], sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '77' }] },
    hostname: 'host', subdomain: 'sub', setHostnameAsFQDN: true, hostAliases: [{ ip: '192.0.2.9', hostnames: ['alias'] }],
    containers: [{
      name: 'c', securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
      command: sh(`{ id; hostname; grep alias /etc/hosts; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; touch /x 2>&1; grep -E "Seccomp:|NoNewPrivs" /proc/self/status; }${LAST}`),
    }],
  },
  sysctl: { securityContext: { sysctls: [{ name: 'kernel.shmmax', value: '1' }] }, containers: [{ name: 'c' }] },
  elsewhere: { nodeSelector: { nowhere: 'x' }, containers: [{ name: 'c' }] },
  large: { containers: [{ name: 'c', resources: { requests: { cpu: '1000' } } }] },
  oom: { restartPolicy: 'Never', containers: [{ name: 'c', command: ['sh', '-c', 'tail /dev/zero'], resources: sized('100m', '16Mi') }] },
  deadline: { activeDeadlineSeconds: 3, containers: [{ name: 'c', command: sh(RUN) }] },
  stubborn: {
    terminationGracePeriodSeconds: 600,
    containers: [{ name: 'c', command: sh('trap "" TERM; while :; do sleep 1; done'), livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 1 } }],
  },
  words: { restartPolicy: 'Never', containers: [{ name: 'c', terminationMessagePolicy: 'FallbackToLogsOnError', command: sh('echo last words; exit 3') }] },
  resized: {
    containers: [
      { name: 'live', command: sh(RUN), resources: sized('100m', '64Mi') },
      { name: 'again', command: sh(RUN), resources: sized('100m', '64Mi'), resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] },
    ],
  },
  hooked: { ...ORDER, containers: [{ name: 'c', command: sh('trap "echo term >> /v/hooks; exit 7" TERM; sleep 1000 & wait'), volumeMounts: mounts, lifecycle: { preStop: { exec: { command: sh('sleep 1; echo hook >> /v/hooks') } } } }] },
};

test('a rule of its own restarts a container whatever its policy says', async () => {
  await until('rules to succeed', () => status('rules').phase === 'Succeeded');
  expect(main('rules')).toMatchObject({ restartCount: 1, state: { terminated: { exitCode: 0 } } });
}, WAIT_MS);

test('one container\'s end begins the whole pod anew in its sandbox', async () => {
  await until('anew to be ready again', () => isReady('anew') && main('anew')?.restartCount === 1);
  expect([main('anew', 1)?.restartCount, status('anew').initContainerStatuses?.[0]?.restartCount]).toEqual([1, 1]);
  expect(readFileSync(path.join(node.dir, 'kubelet/pods', uidOf('anew'), 'volumes/kubernetes.io~empty-dir/v/inits'), 'utf8')).toBe('run\nrun\n');
  expect(status('anew').conditions?.find(({ type }) => type === 'AllContainersRestarting')?.status).toBe('False');
}, WAIT_MS);

test('sidecars start in order and before the main container, and end after it the other way round', async () => {
  await until('sidecars to be ready', () => isReady('sidecars'));
  deleteGracefully('sidecars', 30);
  await until('sidecars to go', () => wasDeleted('sidecars'));
  expect(readFileSync(`${DIR}/order/log`, 'utf8').trim().split('\n')).toEqual(['start s1', 'start init', 'start s2', 'start main', 'end main', 'end s2', 'end s1']);
}, WAIT_MS);

test('a postStart handler that fails ends its container', async () => {
  await until('the reason', () => main('badhook')?.state?.waiting?.reason === 'PostStartHookError' || main('badhook')?.state?.waiting?.reason === 'CrashLoopBackOff');
  await until('its events', () => events('badhook').includes('FailedPostStartHook: PostStartHook failed') && events('badhook').includes('Killing: FailedPostStartHook'));
}, WAIT_MS);

test('ephemeral containers see the processes of their target, or of the whole pod', async () => {
  await until('both to be ready', () => isReady('shared') && isReady('target'));
  const look = { name: 'e', image: 'localhost/demo:1', imagePullPolicy: 'IfNotPresent', command: sh(`ps${LAST}`), terminationMessagePath: '/dev/termination-log' };
  put('target', { ...PODS['target'], ephemeralContainers: [{ ...look, targetContainerName: 'c' }] }, 2);
  put('shared', { ...PODS['shared'], ephemeralContainers: [look] }, 2);
  const seen = (name: string): string => status(name).ephemeralContainerStatuses?.[0]?.state?.terminated?.message ?? '';
  await until('what they saw', () => seen('target') !== '' && seen('shared') !== '');
  expect([seen('target'), seen('shared')]).toEqual([expect.stringContaining('sleep 1234'), expect.stringContaining('sleep 4321')]);
}, WAIT_MS);

test('a container that must not run as root does not', async () => {
  await until('the reason', () => main('root')?.state?.waiting?.reason === 'CreateContainerConfigError');
  expect(main('root')?.state?.waiting?.message).toBe(`container has runAsNonRoot and image will run as root (pod: "root_default(${uidOf('root')})", container: c)`);
}, WAIT_MS);

test('users, groups, names and settings are as the pod says', async () => {
  await until('user to end', () => said('user') !== '');
  expect(said('user')).toMatch(/^uid=1000 gid=3000 groups=(?=.*\b2000\b)(?=.*\b4000\b).*\nhost\.sub\.default\.svc\.cluster\.local\n192\.0\.2\.9\talias\n77\ntouch: \/x: Read-only file system\nNoNewPrivs:\t1\nSeccomp:\t2\n$/);
}, WAIT_MS);

test('what the node cannot take fails with Kubernetes\' reasons', async () => {
  await until('all three', () => ['sysctl', 'elsewhere', 'large'].every((name) => status(name).phase === 'Failed'));
  expect(status('sysctl')).toMatchObject({ reason: 'SysctlForbidden', message: 'Pod was rejected: forbidden sysctl: "kernel.shmmax" not allowlisted' });
  expect(status('elsewhere')).toMatchObject({ reason: 'NodeAffinity', message: "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" });
  expect(status('large')).toMatchObject({ reason: 'OutOfcpu', message: expect.stringMatching(/^Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, used: \d+, capacity: \d+$/) });
}, WAIT_MS);

test('a container without memory left is told as killed for it', async () => {
  await until('oom to fail', () => status('oom').phase === 'Failed');
  expect(main('oom')?.state?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
}, WAIT_MS);

test('a pod past its deadline fails', async () => {
  await until('deadline to fail', () => status('deadline').phase === 'Failed');
  expect(status('deadline')).toMatchObject({ reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' });
}, WAIT_MS);

test('a probe has its own grace for the containers it kills', async () => {
  await until('the restart', () => (main('stubborn')?.restartCount ?? 0) > 0);
  expect(main('stubborn')?.lastState?.terminated?.exitCode).toBe(137);
}, WAIT_MS);

test('the last words of a container that failed are the end of its log', async () => {
  await until('words to fail', () => status('words').phase === 'Failed');
  expect(said('words')).toBe('last words\n');
}, WAIT_MS);

test('resources change under a running container, or with a restart where it wants that', async () => {
  await until('resized to be ready', () => isReady('resized'));
  const [again, live] = [main('resized', 0), main('resized', 1)];
  put('resized', { containers: (PODS['resized']?.containers ?? []).map((one) => ({ ...one, resources: sized('200m', '128Mi') })) }, 2);
  await until('both to have it', () => [0, 1].every((i) => main('resized', i)?.resources?.limits?.['memory'] === '128Mi' && main('resized', i)?.resources?.limits?.['cpu'] === '200m') && isReady('resized'));
  expect([main('resized', 0)?.restartCount, main('resized', 1)]).toEqual([1, expect.objectContaining({ restartCount: 0, containerID: live?.containerID, allocatedResources: { cpu: '200m', memory: '128Mi' } })]);
  expect(main('resized', 0)?.containerID).not.toBe(again?.containerID);
  const group = `/kntest/kubepods/pod${uidOf('resized')}`;
  const read = (file: string): string => readFileSync(`/sys/fs/cgroup/${file}`, 'utf8').trim();
  const id = live?.containerID?.slice('containerd://'.length) ?? '';
  await until('the pod\'s own group', () => read(`memory${group}/memory.limit_in_bytes`) === String(256 * 2 ** 20));
  expect([read(`cpu${group}/cpu.cfs_quota_us`), read(`memory${group}/${id}/memory.limit_in_bytes`), read(`cpu${group}/${id}/cpu.cfs_quota_us`), read(`pids${group}/pids.max`)]).toEqual(['40000', String(128 * 2 ** 20), '20000', '512']);
  await until('its events', () => events('resized').some((one) => one.startsWith('ResizeCompleted: Pod resize completed: {"containers":[{"name":"live",')));
}, WAIT_MS);

test('a container is told to end after its preStop handler', async () => {
  await until('hooked to be ready', () => isReady('hooked'));
  deleteGracefully('hooked', 20);
  await until('hooked to go', () => wasDeleted('hooked'));
  expect([main('hooked')?.state?.terminated?.exitCode, readFileSync(`${DIR}/order/hooks`, 'utf8')]).toEqual([7, 'hook\nterm\n']);
}, WAIT_MS);

test('a restart of the agent changes nothing of pods that run, and writes nothing about them', async () => {
  await until('resized to be at rest', () => isReady('resized') && status('resized').conditions?.some(({ type }) => type.startsWith('PodResize')) === false);
  const writes = (): number => node.client.writes.filter(({ resource, key }) => resource === 'pods' && (key === 'default/resized' || key === 'default/shared')).length;
  const ids = (): (string | undefined)[] => [main('resized', 0)?.containerID, main('resized', 1)?.containerID, main('shared')?.containerID];
  const [before, containers] = [writes(), ids()];
  await node.stop();
  node.start();
  const restart = systemClock.now();
  await until('another pod of the new run', () => {
    if (node.pod('after') === undefined) put('after', { containers: [{ name: 'c', command: sh(RUN) }] });
    return isReady('after') && systemClock.now() > restart;
  });
  expect([writes(), ids()]).toEqual([before, containers]);
}, WAIT_MS);

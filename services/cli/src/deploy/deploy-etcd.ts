import { UserError } from '@kubernode/component-base';
import { untilAccepted } from '../etcd/until-accepted.ts';
import { applyFiles } from './apply-files.ts';
import { applyUnit } from './apply-units.ts';
import { forEachHost, type Deployment, type DeployedHost } from './deployment.ts';
import { quoteForShell, type HostConnection } from './host-connection.ts';
import { nextEtcdStep, parseMembers, type EtcdMember, type EtcdStep } from './plan-etcd.ts';
import { programPaths } from './bundle-manifest.ts';
import { describeEtcdStep } from './show-plan.ts';

const UNIT = 'kubernode-etcd.service';
const DEFAULT_PEER_PORT = 2380;
const DEFAULT_CLIENT_PORT = 2379;
/** A learner with much to learn takes its time. */
const PROMOTE_LIMIT_MS = 10 * 60_000;
const POLL_MS = 300;
/** More steps than any change of members takes; beyond it something keeps undoing them. */
const STEPS_MAX = 40;

/** Brings etcd to the inventory's members, one change at a time, each healthy before the next; then restarts what runs with an old configuration. */
export async function deployEtcd(deployment: Deployment): Promise<void> {
  const hosts = etcdHosts(deployment);
  const hasData = new Map(hosts.map((host) => [host.machine.name, host.observed.hasEtcdData]));
  await startStopped(deployment, hosts);
  const joined = new Set<string>();
  for (let steps = 0; ; steps++) {
    if (steps > STEPS_MAX) throw new UserError('the members of etcd change while they are deployed; deploy again');
    const step = await observeStep(deployment, hasData);
    if (step === undefined) break;
    await deployment.progress.step(`etcd: ${describeEtcdStep(step)}`, () => doStep(deployment, step));
    if (step.kind === 'bootstrap') for (const host of step.hosts) { hasData.set(host, true); joined.add(host); }
    if (step.kind === 'join') { hasData.set(step.host, true); joined.add(step.host); }
    if (step.kind === 'remove' && hasData.has(step.name)) hasData.set(step.name, false);
  }
  for (const host of hosts.filter(({ machine }) => !joined.has(machine.name))) await refresh(deployment, host);
}

/** What would be done first; undefined where the members are as they shall be. */
export function observeStep(deployment: Pick<Deployment, 'hosts' | 'leaving' | 'bundle' | 'inventory' | 'signal'>, hasData?: ReadonlyMap<string, boolean>): Promise<EtcdStep | undefined> {
  const hosts = etcdHosts(deployment).map((host) => ({ name: host.machine.name, peerUrl: peerUrl(deployment, host.machine.address), hasData: hasData?.get(host.machine.name) ?? host.observed.hasEtcdData }));
  return listMembers(deployment).then((found) => {
    const step = nextEtcdStep({ hosts, members: found?.members });
    if (step === undefined && found === undefined) throw new UserError("etcd has data and no majority of its members answers; start their machines, or restore a backup with 'kubernode restore'");
    return step;
  });
}

const etcdHosts = ({ hosts }: Pick<Deployment, 'hosts'>): readonly DeployedHost[] => hosts.filter(({ machine }) => machine.roles.includes('etcd'));
const peerUrl = ({ inventory }: Pick<Deployment, 'inventory'>, address: string): string => `https://${address}:${inventory.ports['etcdPeer'] ?? DEFAULT_PEER_PORT}`;

/** Members that have data and do not run: after an interruption, or a machine that came back. */
async function startStopped(deployment: Deployment, hosts: readonly DeployedHost[]): Promise<void> {
  const stopped = hosts.filter(({ observed }) => observed.hasEtcdData && observed.units.get(UNIT)?.active !== true);
  if (stopped.length === 0) return;
  await deployment.progress.step(`etcd: start ${stopped.map(({ machine }) => machine.name).join(', ')}`, () => forEachHost(stopped, async (host) => {
    await applyFiles(host.connection, host.plan, { before: host.observed.manifest, signal: deployment.signal });
    await host.connection.must(UNIT, `systemctl daemon-reload; systemctl restart --no-block ${UNIT}`, { signal: deployment.signal });
  }));
  await deployment.clock.sleep(POLL_MS, { signal: deployment.signal });
}

async function doStep(deployment: Deployment, step: EtcdStep): Promise<void> {
  switch (step.kind) {
    case 'bootstrap': return forEachHost(etcdHosts(deployment), (host) => startMember(deployment, host, { waits: true }));
    case 'add': await etcdctl(deployment, `member add ${step.host} --learner --peer-urls=${step.peerUrl}`); return;
    case 'remove': return removeMember(deployment, step);
    case 'join': return joinMember(deployment, step.host);
    case 'promote': return promote(deployment, step.id);
  }
}

async function startMember({ bundle, signal }: Deployment, host: DeployedHost, { waits }: { waits: boolean }): Promise<void> {
  const planned = host.plan.units.find(({ unit }) => unit.name === UNIT);
  if (planned === undefined) throw new Error(`broken invariant: ${host.machine.name} has no unit of etcd`);
  await applyFiles(host.connection, host.plan, { before: host.observed.manifest, signal });
  const { ready, ...withoutReady } = planned.unit; // a learner serves nobody yet
  await applyUnit(host.connection, { ...planned, unit: waits && ready !== undefined ? planned.unit : withoutReady, action: 'start', version: bundle.version, signal });
}

/** A learner begins with the members that there are, and with an empty folder. */
async function joinMember(deployment: Deployment, name: string): Promise<void> {
  const host = etcdHosts(deployment).find(({ machine }) => machine.name === name);
  const members = (await listMembers(deployment))?.members ?? [];
  if (host === undefined) throw new Error(`broken invariant: no host ${name}`);
  const own = peerUrl(deployment, host.machine.address);
  const cluster = members.map((member) => `${member.peerUrl === own ? name : member.name}=${member.peerUrl}`).join(',');
  const first = `ETCD_INITIAL_CLUSTER=${cluster}\nETCD_INITIAL_CLUSTER_STATE=existing\nETCD_INITIAL_CLUSTER_TOKEN=${deployment.inventory.name}\n`;
  await host.connection.must('preparing etcd', 'set -e; systemctl stop kubernode-etcd.service 2>/dev/null || true; rm -rf /var/lib/etcd/member; mkdir -p /etc/kubernode; cat >/etc/kubernode/etcd-first-start.env', { input: first, signal: deployment.signal });
  const writes = host.plan.writes.filter((file) => !file.once);
  await startMember(deployment, { ...host, plan: { ...host.plan, writes } }, { waits: false });
}

async function promote(deployment: Deployment, id: string): Promise<void> {
  const { clock, signal } = deployment;
  await untilAccepted(() => etcdctl(deployment, `member promote ${id}`), (error) => error instanceof UserError && error.message.includes('in sync'), { timeoutMs: PROMOTE_LIMIT_MS, clock, signal });
}

/** Out of the cluster first, then its data goes: nobody could use it any more. */
async function removeMember(deployment: Deployment, { id, name }: { id: string; name: string }): Promise<void> {
  await etcdctl(deployment, `member remove ${id}`, name);
  const host = [...deployment.hosts, ...deployment.leaving].find(({ machine }) => machine.name === name);
  await host?.connection?.must('removing the data of etcd', `systemctl disable --now ${UNIT} 2>/dev/null || true; rm -rf /var/lib/etcd/member`, { signal: deployment.signal });
}

/** A member that runs is restarted only when its configuration changed, and asked for its health before the next one. */
async function refresh(deployment: Deployment, host: DeployedHost): Promise<void> {
  const planned = host.plan.units.find(({ unit }) => unit.name === UNIT);
  if (planned === undefined || (planned.action === 'none' && !planned.enable)) return;
  await deployment.progress.step(`etcd: ${planned.action} ${host.machine.name}`, async () => {
    await applyFiles(host.connection, host.plan, { before: host.observed.manifest, signal: deployment.signal });
    await applyUnit(host.connection, { ...planned, action: planned.action === 'start' ? 'none' : planned.action, version: deployment.bundle.version, signal: deployment.signal });
  });
}

/** Asks members one after the other; undefined where none answers. */
async function listMembers(deployment: Pick<Deployment, 'hosts' | 'leaving' | 'bundle' | 'inventory' | 'signal'>): Promise<{ members: readonly EtcdMember[] } | undefined> {
  try { return { members: parseMembers(await etcdctl(deployment, 'member list')) }; } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Runs etcdctl beside a member that answers; not beside the one that is to go. */
async function etcdctl({ hosts, leaving, bundle, inventory, signal }: Pick<Deployment, 'hosts' | 'leaving' | 'bundle' | 'inventory' | 'signal'>, command: string, not?: string): Promise<string> {
  const candidates: { name: string; connection: HostConnection }[] = [...hosts, ...leaving].flatMap(({ machine, connection, observed }) => (connection !== undefined && machine.roles.includes('etcd') && machine.name !== not && observed?.hasEtcdData === true ? [{ name: machine.name, connection }] : []));
  const fresh = candidates.length === 0 ? hosts.filter(({ machine }) => machine.roles.includes('etcd')).map(({ machine, connection }) => ({ name: machine.name, connection })) : candidates;
  const dir = programPaths(bundle)['etcd']?.replace(/\/etcd$/, '') ?? '/usr/bin';
  const script = `[ -f /etc/kubernetes/pki/etcd.key ] || { echo "no member yet" >&2; exit 1; }; ctl=${dir}/etcdctl; [ -x "$ctl" ] || ctl=$(command -v etcdctl)
ETCDCTL_API=3 timeout 20 "$ctl" --endpoints=https://127.0.0.1:${inventory.ports['etcdClient'] ?? DEFAULT_CLIENT_PORT} --cacert=/etc/kubernetes/pki/etcd-ca.crt --cert=/etc/kubernetes/pki/etcd.crt --key=/etc/kubernetes/pki/etcd.key --command-timeout=15s ${command.split(' ').map(quoteForShell).join(' ')}`;
  let failure: unknown;
  for (const { connection } of fresh) {
    try { return await connection.must('etcdctl', script, { signal }); } catch (error) { failure = error; }
  }
  throw failure ?? new UserError('no machine has the role etcd');
}

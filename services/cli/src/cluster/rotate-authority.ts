import { errorMessage, type Clock } from '@kubernode/base';
import { issueCertificate, UserError, waitUntil, type CommandContext } from '@kubernode/component-base';
import { createEtcdClient } from '@kubernode/rpc';
import type { AuthorityName } from '../certificates/certificate-plan.ts';
import { dropOld, issueByNext, rotationStage, trustNext } from '../certificates/ca-rotation.ts';
import { readAuthority } from '../certificates/pki-folder.ts';
import type { Progress } from '../cmd/progress.ts';
import { readPidFile, signalProcess } from '../host/pid-file.ts';
import { checkFiles, checkPorts, pendingUptake, type ClusterCertificates } from './open-certificates.ts';
import { etcdEndpoints } from './process-plan.ts';
import { prepareCertificates, refreshUserKubeconfig, writeKubeconfigs } from './prepare-state.ts';
import { refreshClusterInfo } from './cluster-info.ts';
import { readSupervisorStatus } from './watch-start.ts';

const LOOK_MS = 1_000;
const RESTART_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 5_000;
/** Of the certificate that is only made to see whether it is believed. */
const PROBE_LIFETIME_MS = 60_000;

export interface Rotation { cluster: ClusterCertificates; authority: AuthorityName; context: CommandContext; progress: Progress; waitMs: number }

/** Takes the next step of an authority's exchange, as its files tell which that is. Refused while the step before it is not everywhere yet. Returns what the step was. */
export async function rotateAuthority(rotation: Rotation): Promise<'trust' | 'issue' | 'drop'> {
  const { cluster: { pkiDir, layout }, authority } = rotation;
  if (readPidFile(layout.pidFile('supervisor')) === undefined) throw new UserError(`the cluster in ${layout.dir} is down: nobody could be asked what he believes; 'kubernode up' brings it up`);
  switch (rotationStage(pkiDir, authority)) {
    case 'none': await trust(rotation); return 'trust';
    case 'trusted': await issue(rotation); return 'issue';
    case 'issued': await drop(rotation); return 'drop';
  }
}

async function trust(rotation: Rotation): Promise<void> {
  const { cluster: { pkiDir, config }, authority, context: { clock, rng }, progress } = rotation;
  await refuseWhilePending(rotation, 'processes do not use what is in the folder; begin when they do');
  await progress.step(`a new ${authority}, believed beside the present one`, async () => {
    await trustNext(pkiDir, authority, { now: clock.now(), rng, lifetimeMs: config.authorityLifetimeMs });
    await writeCopies(rotation);
  });
  await restartEtcd(rotation);
  await untilTakenUp(rotation);
}

async function issue(rotation: Rotation): Promise<void> {
  const { cluster, authority, progress } = rotation;
  await refuseWhilePending(rotation, 'the new authority is not believed everywhere yet');
  await progress.step('every etcd member believes it', () => checkEtcdTrust(rotation));
  await progress.step(`all certificates issued by the new ${authority}`, async () => {
    issueByNext(cluster.pkiDir, authority);
    await reissue(rotation);
  });
  await untilTakenUp(rotation);
}

async function drop(rotation: Rotation): Promise<void> {
  const { cluster, authority, context, progress } = rotation;
  await reissue(rotation); // what a crash kept from being made
  await refuseWhilePending(rotation, 'certificates of the old authority are still in use');
  const served = (await checkPorts(cluster, context)).filter(({ problems }) => problems.length > 0);
  if (served.length > 0) throw new UserError(`the old authority stays: not every port serves what it should:\n${served.map(({ where, problems }) => `  ${where}: ${problems.join('; ')}`).join('\n')}`);
  await progress.step(`the old ${authority} believed no more`, async () => {
    dropOld(cluster.pkiDir, authority);
    await writeCopies(rotation);
  });
  await restartEtcd(rotation);
  await untilTakenUp(rotation);
  const left = checkFiles(cluster, context).filter(({ problems }) => problems.length > 0);
  if (left.length > 0) context.stdout.write(`! what is left to do:\n${left.map(({ where, problems }) => `  ${where}: ${problems.join('; ')}\n`).join('')}`);
}

/** Leaves that the issuing authority has not signed, and all that holds copies of certificates. */
async function reissue(rotation: Rotation): Promise<void> {
  const { cluster: { layout, config, nodeNames }, context: { clock, rng } } = rotation;
  await prepareCertificates({ layout, config, nodeNames, clock, rng });
  await writeCopies(rotation);
}

async function writeCopies({ cluster, context: { env, signal } }: Rotation): Promise<void> {
  const { layout, config, nodeNames } = cluster;
  writeKubeconfigs({ layout, config, nodeNames });
  refreshUserKubeconfig(layout, config, env);
  await refreshClusterInfo(cluster, signal);
}

async function refuseWhilePending({ cluster, progress }: Rotation, why: string): Promise<void> {
  const pending = await progress.step('processes asked for what they use', () => pendingUptake(cluster));
  if (pending.length > 0) throw new UserError(`${why}:\n${pending.map((one) => `  ${one}`).join('\n')}`);
}

async function untilTakenUp({ cluster, context: { clock, signal }, progress, waitMs }: Rotation): Promise<void> {
  await progress.step('taken up by every process', () => waitUntil(async () => {
    const pending = await pendingUptake(cluster);
    return pending.length === 0 ? undefined : `not taken up after ${waitMs / 1000} s; look at those processes, then run the command again:\n${pending.map((one) => `  ${one}`).join('\n')}`;
  }, { limitMs: waitMs, pollMs: LOOK_MS, clock, signal }));
}

/** etcd reads its authorities when it starts; so one member after the other is started again, and the next once the one before serves. */
async function restartEtcd({ cluster: { layout, config }, authority, context: { clock, signal }, progress }: Rotation): Promise<void> {
  if (authority !== 'etcd-ca') return;
  for (let member = 0; member < config.etcdMembers; member++) await progress.step(`etcd-${member} started again`, () => restart(`etcd-${member}`));

  async function restart(name: string): Promise<void> {
    const before = readPidFile(layout.pidFile(name));
    if (before !== undefined) signalProcess(before, 'SIGTERM');
    await waitUntil(() => {
      const now = readSupervisorStatus(layout).find((one) => one.name === name);
      return Promise.resolve(now?.ready === true && now.pid !== before?.pid ? undefined : `${name} did not come back in ${RESTART_TIMEOUT_MS / 1000} s; see 'kubernode logs ${name}'`);
    }, { limitMs: RESTART_TIMEOUT_MS, pollMs: LOOK_MS / 10, clock, signal });
  }
}

/** Shows each member a certificate that the next authority has signed. */
async function checkEtcdTrust({ cluster: { pkiDir, config }, authority, context: { clock, rng, signal } }: Rotation): Promise<void> {
  const next = readAuthority(pkiDir, `${authority}-next`);
  const present = readAuthority(pkiDir, authority);
  if (authority !== 'etcd-ca' || config.etcdMembers === 0 || next === undefined || present === undefined) return;
  const probe = await issueCertificate(next.issuer, { commonName: 'kube-apiserver-etcd-client', usages: ['client'], lifetimeMs: PROBE_LIFETIME_MS }, { now: clock.now(), rng });
  const texts: Readonly<Record<string, string>> = { ca: present.bundle, cert: probe.certificate, key: probe.key };
  await Promise.all(etcdEndpoints(config).map((endpoint) => believes(endpoint, { texts, clock, signal })));
}

async function believes(endpoint: string, { texts, clock, signal }: { texts: Readonly<Record<string, string>>; clock: Clock; signal: AbortSignal }): Promise<void> {
  const etcd = createEtcdClient({ endpoints: [endpoint], tls: { caFile: 'ca', certFile: 'cert', keyFile: 'key', read: (name) => texts[name] ?? '' }, clock });
  try { await etcd.range({ key: 'health' }, { signal, timeoutMs: PROBE_TIMEOUT_MS }); } catch (error) {
    throw new UserError(`etcd at ${endpoint} does not believe the new authority yet: ${errorMessage(error)}`);
  } finally { etcd.close(); }
}

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage, isAbortError } from '@kubernode/base';
import { type CommandContext, replaceFileSync, UserError } from '@kubernode/component-base';
import { createProgress } from '../cmd/progress.ts';
import { readPidFile, removePidFile, writePidFile } from '../host/pid-file.ts';
import { parseBundleManifest, type BundleManifest } from './bundle-manifest.ts';
import { parseClusterFile } from './cluster-file.ts';
import { deployCluster, undeployCluster } from './deploy-cluster.ts';
import { serverUrl, writeAdminKubeconfig } from './deploy-client.ts';
import { ensureDeployCertificates, pkiReader } from './deploy-certificates.ts';
import { observeStep } from './deploy-etcd.ts';
import { readDeployedMachines } from './deployed-machines.ts';
import { forEachHost, observeHosts, observeLeaving, socketDir, type Deployment } from './deployment.ts';
import { readBundleManifest } from './make-bundle.ts';
import type { Inventory } from './inventory.ts';
import { chartDirOf, chartValues, renderHosts } from './render-hosts.ts';
import { describePlan } from './show-plan.ts';
import { isSettled } from './plan-host.ts';
import { closeConnections, quoteForShell } from './host-connection.ts';

export interface DeployRequest { file: string; dryRun: boolean; rollback: boolean; uninstall: boolean; purge: boolean }

/** Of a dry run that found something to do. */
const WOULD_CHANGE_STATUS = 3;

/** One deploy from its file to its last line. Returns the exit status. */
export async function runDeploy(request: DeployRequest, context: CommandContext): Promise<number> {
  const inventory = parseClusterFile(readClusterFile(request.file), request.file);
  mkdirSync(inventory.stateDir, { recursive: true, mode: 0o700 });
  const lock = path.join(inventory.stateDir, 'deploy.pid');
  const other = readPidFile(lock);
  if (other !== undefined) throw new UserError(`another deploy of this cluster runs (pid ${other.pid})`);
  writePidFile(lock, process.pid);
  try { return await deployOnce(request, inventory, context); } catch (error) {
    if (isAbortError(error) || context.signal.aborted) throw new UserError("stopped; 'kubernode deploy' with the same file goes on from here");
    throw error;
  } finally { removePidFile(lock); }
}

async function deployOnce(request: DeployRequest, inventory: Inventory, context: CommandContext): Promise<number> {
  const { clock, rng, signal, stdout } = context;
  const bundle = request.rollback || request.uninstall ? await storedBundle(inventory, request, context) : await givenBundle(inventory);
  const progress = createProgress({ out: stdout, clock });
  if (!request.dryRun && !request.uninstall) await progress.step('certificates', () => ensureDeployCertificates(inventory, { now: clock.now(), rng }));
  const documents = await renderHosts(chartValues(inventory, bundle), chartDirOf(context.executable), { clock, rng });
  const sockets = socketDir(inventory.stateDir, context.env);
  const names = new Set(inventory.machines.map(({ name }) => name));
  const readPki = (host: string): (name: string) => string => (request.dryRun || request.uninstall ? lenientReader(pkiReader(inventory, host)) : pkiReader(inventory, host));
  const look = async (): Promise<Deployment> => ({
    inventory, bundle, bundleFile: inventory.bundle, purge: request.purge, progress, clock, signal,
    hosts: await observeHosts({ inventory, documents, bundle, readPki, sockets, signal }),
    leaving: await observeLeaving(readDeployedMachines(inventory.stateDir).filter(({ name }) => !names.has(name)), sockets, signal),
  });
  const deployment = request.dryRun ? await look() : await progress.step(`${inventory.machines.length} machines looked at`, look);
  try { return await act(request, deployment, context); } finally { await closeConnections([...deployment.hosts, ...deployment.leaving]); }
}

async function act({ dryRun, uninstall }: DeployRequest, deployment: Deployment, { stdout }: CommandContext): Promise<number> {
  const { inventory, bundle } = deployment;
  checkFits(deployment);
  if (uninstall) { await undeployCluster(deployment); return 0; }
  const step = await observeStep(deployment).catch((error: unknown) => { if (dryRun) return undefined; throw error; });
  const changes = deployment.leaving.length > 0 || step !== undefined || deployment.hosts.some(({ plan }) => !isSettled(plan));
  if (dryRun) {
    stdout.write(describePlan({ plans: deployment.hosts.map(({ plan }) => plan), leaving: deployment.leaving.map(({ machine }) => machine.name), etcd: step, diffs: await diffFiles(deployment) }));
    return changes ? WOULD_CHANGE_STATUS : 0;
  }
  storeBundle(inventory, bundle);
  await deployCluster(deployment);
  const kubeconfig = writeAdminKubeconfig(inventory);
  stdout.write(`${inventory.name} ${changes ? 'is at' : 'already was at'} ${bundle.version}: ${serverUrl(inventory)}\n\n  export KUBECONFIG=${kubeconfig}\n  kubectl get nodes\n`);
  return 0;
}

/** Lines that change in files that are there already, as `diff` on their host sees them; secrets are not among them. */
async function diffFiles({ hosts, signal }: Deployment): Promise<ReadonlyMap<string, string>> {
  const diffs = new Map<string, string>();
  await forEachHost(hosts, async ({ connection, plan }) => {
    for (const { path: file, content, change, secret } of plan.writes) {
      if (change !== 'replace' || secret) continue;
      const { stdout } = await connection.run(`diff -U 0 ${quoteForShell(file)} -`, { input: content, signal });
      diffs.set(`${plan.host} ${file}`, stdout.split('\n').filter((line) => /^[-+](?![-+]{2} )/.test(line)).join('\n'));
    }
  });
  return diffs;
}

/** What would fail half way is told before anything is changed. */
function checkFits({ hosts, bundle, inventory }: Deployment): void {
  const faults = hosts.flatMap(({ machine, observed, plan }) => [
    ...(observed.arch === bundle.arch ? [] : [`${machine.name}: is ${observed.arch}, the bundle is for ${bundle.arch}`]),
    ...(observed.manifest === undefined || observed.manifest.cluster === inventory.name ? [] : [`${machine.name}: belongs to the cluster ${observed.manifest.cluster}`]),
    ...(plan.parts.length > 0 && !existsSync(inventory.bundle) ? [`${machine.name}: lacks ${plan.parts.map((part) => part.archive).join(', ')}, and there is no ${inventory.bundle}`] : []),
  ]);
  if (faults.length > 0) throw new UserError(`nothing was changed:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
}

async function givenBundle(inventory: Inventory): Promise<BundleManifest> {
  const bundle = parseBundleManifest(await readBundleManifest(inventory.bundle), inventory.bundle);
  const stored = bundleRecord(inventory, bundle.version);
  const before = existsSync(stored) ? parseBundleManifest(readFileSync(stored, 'utf8'), stored) : undefined;
  if (before !== undefined && JSON.stringify(before.parts) !== JSON.stringify(bundle.parts)) throw new UserError(`${inventory.bundle} calls itself ${bundle.version}, and so did another bundle that was deployed; make it with another name ('kubernode bundle --version')`);
  return bundle;
}

const bundleRecord = (inventory: Inventory, version: string): string => path.join(inventory.stateDir, 'bundles', `${version}.json`);

/** What a version consists of is needed to come back to it. */
function storeBundle(inventory: Inventory, bundle: BundleManifest): void {
  replaceFileSync(bundleRecord(inventory, bundle.version), `${JSON.stringify(bundle, null, 1)}\n`, { mode: 0o600, dirMode: 0o700 });
}

/** The bundle that the hosts have, or the one before; as their manifests say. */
async function storedBundle(inventory: Inventory, { rollback }: DeployRequest, { signal, env }: CommandContext): Promise<BundleManifest> {
  const found = await observeLeaving(inventory.machines, socketDir(inventory.stateDir, env), signal);
  const versions = found.flatMap(({ observed }) => { const version = rollback ? observed?.manifest?.previousVersion : observed?.manifest?.version; return version === undefined ? [] : [version]; });
  const version = versions[0];
  if (version === undefined) {
    if (rollback) throw new UserError('no host knows a version before this one');
    return { formatVersion: 1, version: 'none', arch: found.find(({ observed }) => observed !== undefined)?.observed?.arch ?? '', parts: [] };
  }
  if (rollback && new Set(versions).size > 1) throw new UserError(`hosts came from different versions: ${[...new Set(versions)].join(', ')}; deploy the one you want by its bundle`);
  const file = bundleRecord(inventory, version);
  if (!existsSync(file)) throw new UserError(`${file} is missing; deploy version ${version} by its bundle`);
  return parseBundleManifest(readFileSync(file, 'utf8'), file);
}

/** A dry run makes no certificates; what is missing shows as new. */
function lenientReader(read: (name: string) => string): (name: string) => string {
  return (name) => { try { return read(name); } catch (error) { return error instanceof UserError ? '' : errorMessage(error); } };
}

function readClusterFile(file: string): string {
  try { return readFileSync(file, 'utf8'); } catch (error) { throw new UserError(`cannot read ${file}: ${errorMessage(error)}`); }
}

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError, type CommandContext } from '@kubernode/component-base';
import type { PlannedCertificate } from '../certificates/certificate-plan.ts';
import { findAuthorities, findCertificates, findServed } from '../certificates/find-certificates.ts';
import { type CertificateReport, judgeFile, judgeServed } from '../certificates/judge-certificates.ts';
import { notTakenUp } from '../certificates/certificates-in-use.ts';
import { readPair } from '../certificates/pki-folder.ts';
import { servingPorts, metricsDoors, usersOf } from './certificate-doors.ts';
import { clusterCertificates } from './cluster-certificates.ts';
import { loadClusterConfig, type ClusterConfig } from './cluster-config.ts';
import { layoutOf, type Layout } from './layout.ts';
import { advertiseAddress, nodeNames, planInput } from './plan-input.ts';
import { planProcesses } from './process-plan.ts';

/** A cluster's state folder, as the commands for certificates see it. */
export interface ClusterCertificates { config: ClusterConfig; layout: Layout; pkiDir: string; nodeNames: readonly string[]; plan: readonly PlannedCertificate[]; advertiseAddress: string }

export function openCertificates(dir: string): ClusterCertificates {
  const layout = layoutOf(dir);
  const config = loadClusterConfig(layout.configFile);
  if (config === undefined) throw new UserError(`there is no cluster in ${dir}; --dir names its state folder`);
  const names = nodeNames(config);
  return { config, layout, pkiDir: layout.pki(''), nodeNames: names, plan: clusterCertificates(config, names), advertiseAddress: advertiseAddress(config) };
}

/** Every certificate of the folder, and what is wrong with it. */
export function checkFiles({ config, layout, pkiDir, plan }: ClusterCertificates, context: CommandContext): readonly CertificateReport[] {
  const kubeconfigs = [layout.adminKubeconfig, ...readdirSync(path.join(layout.dir, 'kubeconfigs')).sort().map((name) => path.join(layout.dir, 'kubeconfigs', name))];
  const found = findCertificates({ pkiDir, kubeconfigs, plan, usersOf: usersOf(planProcesses(planInput({ config, layout, context }))) });
  const judging = { authorities: findAuthorities(pkiDir), now: context.clock.now() };
  return found.flatMap((one) => judgeFile(one, judging));
}

/** What each port serves, and what is wrong with that. */
export async function checkPorts(cluster: ClusterCertificates, { clock }: Pick<CommandContext, 'clock'>): Promise<readonly CertificateReport[]> {
  const judging = { authorities: findAuthorities(cluster.pkiDir), now: clock.now() };
  const client = adminPair(cluster);
  return (await Promise.all(servingPorts(cluster).map((port) => findServed(port, { client, clock })))).map((served) => judgeServed(served, judging));
}

/** What processes have not taken up yet, in a line each; empty when all of them use what is on the disk. */
export async function pendingUptake(cluster: ClusterCertificates): Promise<readonly string[]> {
  return (await Promise.all(metricsDoors(cluster, adminPair(cluster)).map(notTakenUp))).flat();
}

export function adminPair({ pkiDir }: Pick<ClusterCertificates, 'pkiDir'>): { cert: string; key: string } {
  const pair = readPair(pkiDir, 'admin');
  if (pair === undefined) throw new UserError(`${path.join(pkiDir, 'admin.crt')} is missing; 'kubernode certs renew admin' makes it`);
  return { cert: pair.certificate, key: pair.key };
}

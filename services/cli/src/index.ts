/**
 * The operator's commands: bring a cluster up on this host, take it down without a trace, say how it is. Decisions (ports, processes,
 * configuration, what to remove) are pure functions of the cluster's configuration; the commands carry them out.
 */
import type { Command } from '@kubernode/component-base';
import { backupCommand } from './cmd/backup.ts';
import { bundleCommand } from './cmd/bundle.ts';
import { certsCommand } from './cmd/certs.ts';
import { chartCommand } from './cmd/chart.ts';
import { deployCommand } from './cmd/deploy.ts';
import { doctorCommand } from './cmd/doctor.ts';
import { downCommand } from './cmd/down.ts';
import { etcdCommand } from './cmd/etcd.ts';
import { hostCommand } from './cmd/host.ts';
import { imageCommand } from './cmd/image.ts';
import { joinCommand } from './cmd/join.ts';
import { logsCommand } from './cmd/logs.ts';
import { prepareNodeCommand } from './cmd/prepare-node.ts';
import { restoreCommand } from './cmd/restore.ts';
import { statusCommand } from './cmd/status.ts';
import { superviseCommand } from './cmd/supervise.ts';
import { supportBundleCommand } from './cmd/support-bundle.ts';
import { uninstallCommand } from './cmd/uninstall.ts';
import { tokenCommand } from './cmd/token.ts';
import { upCommand } from './cmd/up.ts';
import { userCommand } from './cmd/user.ts';

export const commands: readonly Command[] = [upCommand, downCommand, statusCommand, logsCommand, doctorCommand, imageCommand, superviseCommand, deployCommand, bundleCommand, prepareNodeCommand, hostCommand, joinCommand, uninstallCommand, backupCommand, restoreCommand, etcdCommand, chartCommand, supportBundleCommand, certsCommand, tokenCommand, userCommand];
export { explainCommand } from './cmd/explain.ts';
export type { Placement } from './explain/placement.ts';
export { buildImageArchive, type ImageConfig } from './images/build-image.ts';
export type { TarEntry } from './images/tar-archive.ts';
export type { ClusterConfig } from './cluster/cluster-config.ts';
export { layoutOf, type Layout } from './cluster/layout.ts';
export { endingFlags, planProcesses, type HostPrograms, type PlanInput } from './cluster/process-plan.ts';
export { resolveConfig, type GivenClusterOptions } from './cluster/resolve-config.ts';
export type { ProcessSpec, ReadyProbe } from './supervisor/process-spec.ts';
export { addons, controllerBindings } from './cluster/addons.ts';
export { renderContainerdConfig } from './cluster/containerd-config.ts';
export { renderHaproxyConfig } from './cluster/haproxy-config.ts';
export { buildKubeconfig, writeKubeconfig, type Kubeconfig } from './cluster/kubeconfig.ts';
export { hostLacksSysResource } from './host/capabilities.ts';
export { mountsBelow } from './host/mounts.ts';
export { findCniBinDir, findProgram } from './host/programs.ts';
export { writeStandardImages } from './images/standard-images.ts';

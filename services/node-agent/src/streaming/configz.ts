import { formatDuration } from '@kubernode/apimachinery';
import type { NodeConfig } from '../app/node-config.ts';

const MINUTE_MS = 60_000;

/** /configz: this node's settings in the words of KubeletConfiguration. Pure. */
export function kubeletConfiguration({ server, healthz, clusterDns, maxPods, cgroupRoot, statusUpdateMs, logs, seccompDefault, podCidr, podLogsDir }: NodeConfig): object {
  return {
    kubeletconfig: {
      kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1',
      enableServer: true, address: server.address, port: server.port, healthzBindAddress: healthz.address, healthzPort: healthz.port,
      authentication: { x509: {}, webhook: { enabled: true, cacheTTL: formatDuration(2 * MINUTE_MS) }, anonymous: { enabled: server.anonymous } },
      authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: formatDuration(5 * MINUTE_MS), cacheUnauthorizedTTL: formatDuration(MINUTE_MS / 2) } },
      clusterDNS: clusterDns.servers, clusterDomain: clusterDns.domain, maxPods, ...(podCidr !== undefined && { podCIDR: podCidr }),
      cgroupRoot, cgroupDriver: 'cgroupfs', cgroupsPerQOS: true, enforceNodeAllocatable: ['pods'],
      nodeStatusUpdateFrequency: formatDuration(statusUpdateMs), containerLogMaxSize: String(logs.maxBytes), containerLogMaxFiles: logs.maxFiles, podLogsDir,
      seccompDefault, enableDebuggingHandlers: true, enableSystemLogHandler: server.systemLogs, enableProfilingHandler: server.profiling, enableDebugFlagsHandler: server.debugFlags,
    },
  };
}

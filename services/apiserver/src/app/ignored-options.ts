import type { OptionTable } from '@kubernode/component-base';

const LATER = 'not built yet';
const ELSEWHERE = 'decided by the design';

/** Flags of kube-apiserver that scripts set and that change nothing here. Each that is given is named in a line of the log. */
export const ignoredOptions: OptionTable = {
  'feature-gates': { kind: 'map', help: 'feature gates', ignored: 'features are those of a default Kubernetes 1.36' },
  'runtime-config': { kind: 'map', help: 'API versions to switch', ignored: 'served versions are fixed' },
  'egress-selector-config-file': { kind: 'string', help: 'egress', ignored: LATER },
  'http2-max-streams-per-connection': { kind: 'int', help: 'HTTP/2', ignored: ELSEWHERE },
  'storage-backend': { kind: 'string', help: 'storage', ignored: 'it is etcd3' },
  'storage-media-type': { kind: 'string', help: 'storage', ignored: 'objects are stored as JSON' },
  'watch-cache': { kind: 'boolean', help: 'watch cache', ignored: 'it is always on' },
  'watch-cache-sizes': { kind: 'list', help: 'watch cache', ignored: ELSEWHERE },
  'default-watch-cache-size': { kind: 'int', help: 'watch cache', ignored: ELSEWHERE },
  'etcd-count-metric-poll-period': { kind: 'duration', help: 'metrics', ignored: ELSEWHERE },
  'lease-reuse-duration-seconds': { kind: 'int', help: 'etcd leases', ignored: ELSEWHERE },
  'apiserver-count': { kind: 'int', help: 'endpoints', ignored: ELSEWHERE },
  'kubernetes-service-node-port': { kind: 'int', help: 'the kubernetes service', ignored: LATER },
  'external-hostname': { kind: 'string', help: 'host name', ignored: ELSEWHERE },
  'cors-allowed-origins': { kind: 'list', help: 'CORS', ignored: LATER },
  'strict-transport-security-directives': { kind: 'list', help: 'HSTS', ignored: LATER },
  'delete-collection-workers': { kind: 'int', help: 'collections', ignored: ELSEWHERE },
  'enable-garbage-collector': { kind: 'boolean', help: 'garbage collector', ignored: 'it is always on' },
  'enable-logs-handler': { kind: 'boolean', help: '/logs', ignored: ELSEWHERE },
  'contention-profiling': { kind: 'boolean', help: 'profiling', ignored: 'there is one thread' },
  'kubelet-port': { kind: 'int', help: 'nodes', ignored: 'nodes tell their own port' },
  'kubelet-timeout': { kind: 'duration', help: 'nodes', ignored: ELSEWHERE },
  'livez-grace-period': { kind: 'duration', help: 'health', ignored: ELSEWHERE },
  'permit-address-sharing': { kind: 'boolean', help: 'sockets', ignored: ELSEWHERE },
  'permit-port-sharing': { kind: 'boolean', help: 'sockets', ignored: ELSEWHERE },
  'log-flush-frequency': { kind: 'duration', help: 'logs', ignored: ELSEWHERE },
  vmodule: { kind: 'string', help: 'logs', ignored: ELSEWHERE },
  'emulated-version': { kind: 'list', help: 'emulation', ignored: ELSEWHERE },
  'peer-ca-file': { kind: 'string', help: 'peers', ignored: ELSEWHERE },
  'peer-advertise-ip': { kind: 'string', help: 'peers', ignored: ELSEWHERE },
  'peer-advertise-port': { kind: 'string', help: 'peers', ignored: ELSEWHERE },
};

import type { PortPlan } from './port-plan.ts';

/**
 * A dead replica is noticed by a failed connection at once. One that is frozen still takes connections: three checks without an answer tell it,
 * at worst 300 + 300 + 100 + 300 + 100 + 300 ms after it froze. The handshake of each has to be through within `inter`: HAProxy's timeout for
 * checks begins after it.
 */
const CHECKS = 'inter 300ms fastinter 100ms downinter 300ms fall 3 rise 1';
const CHECK_TIMEOUT_MS = 300;
/** Of etcd it counts alone whether a replica reaches it: clients of all replicas are not cut off because etcd elects a leader. */
const CHECK_TARGET = '/readyz?while-draining=404&exclude=etcd&exclude=etcd-readiness&include=etcd-connection';

/**
 * HAProxy in TCP mode: TLS ends at the replicas, who see the clients' certificates. A connection that a replica refuses goes to another one,
 * and connections to a replica that fails its checks are cut, so that clients come back elsewhere at once; one that is shutting down gets no new
 * ones, and keeps those it has. A replica that may only be slow is better than none: so one that is alone is not checked, and when none passes its
 * checks all get connections. Checks ask who answers for no proof: it is clients who must know their server, through HAProxy as without it, and so
 * no certificate that changes concerns HAProxy.
 */
export function renderHaproxyConfig({ ports, replicas, bindAddress, replicaAddress = () => '127.0.0.1' }: {
  ports: Pick<PortPlan, 'front' | 'frontGrpc' | 'haproxyMetrics' | 'apiserver'>;
  replicas: number;
  bindAddress: string;
  /** Where a replica is reached that is not on this host. */
  replicaAddress?: (replica: number) => string;
}): string {
  const checks = [
    `  option httpchk GET ${CHECK_TARGET}`,
    '  http-check expect status 200',
    '  http-check disable-on-404',
    `  default-server ${CHECKS} on-marked-down shutdown-sessions check-ssl verify none observe layer4 error-limit 1 on-error mark-down`,
  ];
  const areChecked = replicas > 1;
  const names = Array.from({ length: replicas }, (_, i) => `apiserver-${i}`);
  const backend = (title: string, port: (replica: number) => number): string => [
    `backend ${title}`,
    '  mode tcp',
    '  balance leastconn',
    '  option redispatch 1',
    '  retries 3',
    ...(areChecked ? checks : []),
    ...names.map((name, i) => `  server ${name} ${replicaAddress(i)}:${port(i)}${areChecked ? ` check port ${ports.apiserver(i).https}` : ''}`),
    ...(areChecked ? ['  option allbackups', ...names.map((name, i) => `  server ${name}-unchecked ${replicaAddress(i)}:${port(i)} backup`)] : []),
  ].join('\n');
  return `${[
    'global\n  maxconn 4000\n  nbthread 1',
    `defaults\n  mode tcp\n  timeout connect 500ms\n  timeout client 24h\n  timeout server 24h\n  timeout check ${CHECK_TIMEOUT_MS}ms\n  timeout queue 5s`,
    `frontend https\n  bind ${bindAddress}:${ports.front}\n  default_backend apiservers`,
    `frontend grpc\n  bind ${bindAddress}:${ports.frontGrpc}\n  default_backend apiservers-grpc`,
    `frontend metrics\n  mode http\n  bind 127.0.0.1:${ports.haproxyMetrics}\n  http-request use-service prometheus-exporter if { path /metrics }\n  http-request deny`,
    backend('apiservers', (i) => ports.apiserver(i).https),
    backend('apiservers-grpc', (i) => ports.apiserver(i).grpc),
  ].join('\n\n')}\n`;
}

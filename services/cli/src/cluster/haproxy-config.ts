import type { PortPlan } from './port-plan.ts';

/** A dead replica is noticed by the failed connection at once and by this check at the latest, in ms. */
const CHECK_INTERVAL_MS = 500;

/**
 * HAProxy in TCP mode: TLS ends at the replicas, who see the clients' certificates. A connection that a replica refuses goes to another one,
 * and connections to a replica that fails its check are cut, so that clients come back elsewhere at once. A replica that is alone is not checked:
 * one that is slow for a second is better than none. Checks ask who answers for no proof: it is clients who must know their server, through HAProxy as
 * without it, and so no certificate that changes concerns HAProxy.
 */
export function renderHaproxyConfig({ ports, replicas, bindAddress, replicaAddress = () => '127.0.0.1' }: {
  ports: Pick<PortPlan, 'front' | 'frontGrpc' | 'haproxyMetrics' | 'apiserver'>;
  replicas: number;
  bindAddress: string;
  /** Where a replica is reached that is not on this host. */
  replicaAddress?: (replica: number) => string;
}): string {
  const checks = [
    '  option httpchk GET /readyz',
    '  http-check expect status 200',
    `  default-server inter ${CHECK_INTERVAL_MS}ms fastinter 200ms downinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions check-ssl verify none observe layer4 error-limit 1 on-error mark-down`,
  ];
  const areChecked = replicas > 1;
  const backend = (name: string, port: (replica: number) => number): string => [
    `backend ${name}`,
    '  mode tcp',
    '  balance leastconn',
    '  option redispatch 1',
    '  retries 3',
    ...(areChecked ? checks : []),
    ...Array.from({ length: replicas }, (_, i) => `  server apiserver-${i} ${replicaAddress(i)}:${port(i)}${areChecked ? ` check port ${ports.apiserver(i).https}` : ''}`),
  ].join('\n');
  return `${[
    'global\n  maxconn 4000\n  nbthread 1',
    'defaults\n  mode tcp\n  timeout connect 500ms\n  timeout client 24h\n  timeout server 24h\n  timeout check 1500ms\n  timeout queue 5s',
    `frontend https\n  bind ${bindAddress}:${ports.front}\n  default_backend apiservers`,
    `frontend grpc\n  bind ${bindAddress}:${ports.frontGrpc}\n  default_backend apiservers-grpc`,
    `frontend metrics\n  mode http\n  bind 127.0.0.1:${ports.haproxyMetrics}\n  http-request use-service prometheus-exporter if { path /metrics }\n  http-request deny`,
    backend('apiservers', (i) => ports.apiserver(i).https),
    backend('apiservers-grpc', (i) => ports.apiserver(i).grpc),
  ].join('\n\n')}\n`;
}

import { renderHaproxyConfig } from './haproxy-config.ts';
import { planPorts } from './port-plan.ts';

const render = (replicas: number): string => renderHaproxyConfig({ ports: planPorts(7443), replicas, bindAddress: '0.0.0.0' });

/** The lines of a section, which ends at the next blank line. */
function section(config: string, head: string): string[] {
  return config.split('\n\n').find((one) => one.startsWith(head))?.split('\n').slice(1).map((line) => line.trim()) ?? [];
}

const isChecked = (line: string): boolean => line.startsWith('server ') && line.includes(' check ');

test('renderHaproxyConfig fronts every replica twice, by HTTPS and by gRPC, and asks both at /readyz', () => {
  const config = render(2);
  expect(section(config, 'frontend https')).toEqual(['bind 0.0.0.0:7443', 'default_backend apiservers']);
  expect(section(config, 'frontend grpc')).toEqual(['bind 0.0.0.0:17443', 'default_backend apiservers-grpc']);
  expect(section(config, 'backend apiservers\n').filter(isChecked)).toEqual(['server apiserver-0 127.0.0.1:17450 check port 17450', 'server apiserver-1 127.0.0.1:17451 check port 17451']);
  expect(section(config, 'backend apiservers-grpc').filter(isChecked)).toEqual(['server apiserver-0 127.0.0.1:17470 check port 17450', 'server apiserver-1 127.0.0.1:17471 check port 17451']);
});

test('renderHaproxyConfig needs no authority and cuts connections to a replica that is down', () => {
  const defaults = section(render(3), 'backend apiservers\n').find((line) => line.startsWith('default-server')) ?? '';
  for (const words of ['check-ssl verify none', 'on-marked-down shutdown-sessions']) expect(defaults).toContain(words);
});

test('renderHaproxyConfig gives connections to all replicas where none passes its checks', () => {
  const lines = section(render(2), 'backend apiservers-grpc');
  expect(lines.filter((line) => line.endsWith(' backup'))).toEqual(['server apiserver-0-unchecked 127.0.0.1:17470 backup', 'server apiserver-1-unchecked 127.0.0.1:17471 backup']);
  expect(lines).toContain('option allbackups');
});

test('renderHaproxyConfig leaves a replica that is alone its connections, however slow it is', () => {
  expect(section(render(1), 'backend apiservers\n')).toEqual(['mode tcp', 'balance leastconn', 'option redispatch 1', 'retries 3', 'server apiserver-0 127.0.0.1:17450']);
});

test('renderHaproxyConfig shows its metrics on loopback alone', () => {
  expect(section(render(1), 'frontend metrics')).toContain(`bind 127.0.0.1:${planPorts(7443).haproxyMetrics}`);
});

test('renderHaproxyConfig leads to replicas on other hosts', () => {
  const config = renderHaproxyConfig({ ports: planPorts(7443), replicas: 2, bindAddress: '0.0.0.0', replicaAddress: (i) => `192.0.2.${i + 1}` });
  expect(section(config, 'backend apiservers\n').filter(isChecked)).toEqual(['server apiserver-0 192.0.2.1:17450 check port 17450', 'server apiserver-1 192.0.2.2:17451 check port 17451']);
});

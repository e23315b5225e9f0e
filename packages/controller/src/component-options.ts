import { connectionOptions } from '@kubernode/client';
import { ignoredComponentOptions } from './ignored-options.ts';
import { loggingOptions, optionTable, type OptionSpec, type Options, type OptionTable } from '@kubernode/component-base';

/** The flags that the scheduler and the controllers share. The port and the lease's name have the component's own defaults. */
export function componentOptions({ leaseName, leaseNamespace = 'kube-system', port }: { leaseName: string; leaseNamespace?: string; port: number }): ComponentTable {
  return { ...ignoredComponentOptions, ...connectionOptions, ...electionTable(leaseName, leaseNamespace), ...servingTable(port), ...loggingOptions };
}

type Flag<K extends 'string' | 'boolean' | 'int' | 'list' | 'duration', D = undefined> = D extends undefined ? OptionSpec<K> & { kind: K } : OptionSpec<K> & { kind: K; default: NonNullable<OptionSpec<K>['default']> };

type ElectionTable = {
  readonly 'leader-elect': Flag<'boolean', true>;
  readonly 'leader-elect-lease-duration': Flag<'duration', true>;
  readonly 'leader-elect-renew-deadline': Flag<'duration', true>;
  readonly 'leader-elect-retry-period': Flag<'duration', true>;
  readonly 'leader-elect-resource-lock': Flag<'string', true>;
  readonly 'leader-elect-resource-name': Flag<'string', true>;
  readonly 'leader-elect-resource-namespace': Flag<'string', true>;
};

type ServingTable = {
  readonly 'bind-address': Flag<'string', true>;
  readonly 'secure-port': Flag<'int', true>;
  readonly 'tls-cert-file': Flag<'string'>;
  readonly 'tls-private-key-file': Flag<'string'>;
  readonly 'authentication-kubeconfig': Flag<'string'>;
  readonly 'authorization-kubeconfig': Flag<'string'>;
  readonly profiling: Flag<'boolean', true>;
  readonly 'kube-api-qps': Flag<'int'>;
  readonly 'kube-api-burst': Flag<'int'>;
  readonly 'feature-gates': OptionSpec<'map'> & { kind: 'map' };
  readonly 'tracing-config-file': Flag<'string'>;
  readonly 'requestheader-client-ca-file': Flag<'string'>;
  readonly 'client-ca-file': Flag<'string'>;
};

export type ComponentTable = typeof connectionOptions & ElectionTable & ServingTable & typeof loggingOptions;
export type ComponentOptions = Options<ComponentTable>;

function electionTable(leaseName: string, leaseNamespace: string): ElectionTable {
  return optionTable({
    'leader-elect': { kind: 'boolean', default: true, help: 'Act only while holding the lease; others wait as candidates' },
    'leader-elect-lease-duration': { kind: 'duration', default: 15_000, help: 'How long candidates wait for a holder that stopped renewing' },
    'leader-elect-renew-deadline': { kind: 'duration', default: 10_000, help: 'How long a holder that cannot renew goes on acting' },
    'leader-elect-retry-period': { kind: 'duration', default: 2000, help: 'How often the lease is renewed or tried' },
    'leader-elect-resource-lock': { kind: 'string', default: 'leases', help: 'Kind of the lock', ignored: 'leases are the only kind' },
    'leader-elect-resource-name': { kind: 'string', default: leaseName, help: 'Name of the lease', placeholder: 'NAME' },
    'leader-elect-resource-namespace': { kind: 'string', default: leaseNamespace, help: 'Namespace of the lease', placeholder: 'NAMESPACE' },
  });
}

function servingTable(port: number): ServingTable {
  return optionTable({
    'bind-address': { kind: 'string', default: '127.0.0.1', help: 'Address for metrics and health, which ask for no credentials', placeholder: 'IP' },
    'secure-port': { kind: 'int', default: port, help: 'Port for metrics and health; 0 for none' },
    'tls-cert-file': { kind: 'string', help: 'Certificate for metrics and health; plain HTTP without', placeholder: 'FILE' },
    'tls-private-key-file': { kind: 'string', help: 'Key of --tls-cert-file', placeholder: 'FILE' },
    'authentication-kubeconfig': { kind: 'string', help: '', ignored: 'metrics and health ask nobody' },
    'authorization-kubeconfig': { kind: 'string', help: '', ignored: 'metrics and health ask nobody' },
    profiling: { kind: 'boolean', default: true, help: 'Serve profiles of this process at /debug/pprof/, to those whom the API server lets' },
    'tracing-config-file': { kind: 'string', help: 'A TracingConfiguration as of the API server: where traces go, and of how much', placeholder: 'FILE' },
    'kube-api-qps': { kind: 'int', help: '', ignored: 'the API server\'s flow control limits' },
    'kube-api-burst': { kind: 'int', help: '', ignored: 'the API server\'s flow control limits' },
    'feature-gates': { kind: 'map', help: '', ignored: 'features have no gates' },
    'requestheader-client-ca-file': { kind: 'string', help: '', ignored: 'metrics and health ask nobody' },
    'client-ca-file': { kind: 'string', help: '', ignored: 'metrics and health ask nobody' },
  });
}

/** For a component's own table on top. */
export type WithComponent<T extends OptionTable> = ComponentTable & T;

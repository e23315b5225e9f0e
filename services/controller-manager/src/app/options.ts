import { optionTable, parseOptions, UsageError, type OptionTable } from '@kubernode/component-base';
import { componentOptions, type ComponentOptions } from '@kubernode/controller';
import { concurrencyOptions, type ConcurrencyOptions } from './concurrency.ts';
import { controllersHelp, unknownControllers } from './controller-names.ts';
import { endpointFault, endpointOptions, type EndpointOptions } from './endpoint-options.ts';
import { ignoredOptions } from './ignored-options.ts';
import { autoscalerOptions, type AutoscalerOptions } from './autoscaler-options.ts';
import { nodeOptions, type NodeOptions } from './node-options.ts';
import { volumeOptions, type VolumeOptions } from './volume-options.ts';

const own = optionTable({
  controllers: { kind: 'list', default: ['*'], help: controllersHelp() },
  'cluster-name': { kind: 'string', help: '', ignored: 'names nothing without a cloud' },
  'root-ca-file': { kind: 'string', help: 'Certificate that namespaces and token secrets get; the kubeconfig\'s without', placeholder: 'FILE' },
  'service-account-private-key-file': { kind: 'string', help: 'Key that signs the tokens of secrets which ask for one', placeholder: 'FILE' },
  'legacy-service-account-token-clean-up-period': { kind: 'duration', default: 31_536_000_000, help: 'How long a token that was made by itself may be unused' },
  'cluster-signing-cert-file': { kind: 'string', help: 'Authority that signs certificate requests', placeholder: 'FILE' },
  'cluster-signing-key-file': { kind: 'string', help: 'Its key', placeholder: 'FILE' },
  'cluster-signing-kubelet-serving-cert-file': { kind: 'string', help: 'Authority of kubernetes.io/kubelet-serving alone', placeholder: 'FILE' },
  'cluster-signing-kubelet-serving-key-file': { kind: 'string', help: 'Its key', placeholder: 'FILE' },
  'cluster-signing-kubelet-client-cert-file': { kind: 'string', help: 'Authority of kubernetes.io/kube-apiserver-client-kubelet alone', placeholder: 'FILE' },
  'cluster-signing-kubelet-client-key-file': { kind: 'string', help: 'Its key', placeholder: 'FILE' },
  'cluster-signing-kube-apiserver-client-cert-file': { kind: 'string', help: 'Authority of kubernetes.io/kube-apiserver-client alone', placeholder: 'FILE' },
  'cluster-signing-kube-apiserver-client-key-file': { kind: 'string', help: 'Its key', placeholder: 'FILE' },
  'cluster-signing-legacy-unknown-cert-file': { kind: 'string', help: 'Authority of kubernetes.io/legacy-unknown alone', placeholder: 'FILE' },
  'cluster-signing-legacy-unknown-key-file': { kind: 'string', help: 'Its key', placeholder: 'FILE' },
  'cluster-signing-duration': { kind: 'duration', default: 31_536_000_000, help: 'How long signed certificates last at most' },
  'use-service-account-credentials': { kind: 'boolean', default: false, help: '', ignored: 'all controllers act as the component' },
  'enable-garbage-collector': { kind: 'boolean', default: true, help: 'Delete what has no owner left' },
  'cloud-provider': { kind: 'string', help: 'external: a cloud gives services of type LoadBalancer their addresses, not this program', placeholder: 'NAME' },
  'configure-cloud-routes': { kind: 'boolean', default: false, help: '', ignored: 'there is no cloud' },
  'state-metrics': { kind: 'boolean', default: false, help: 'Show what objects say of themselves at /metrics/state, under the names of kube-state-metrics' },
  'resource-quota-sync-period': { kind: 'duration', default: 300_000, help: 'How often all that quotas count is counted anew; 0: never' },
});

const table = { ...componentOptions({ leaseName: 'kube-controller-manager', port: 10257 }), ...autoscalerOptions, ...concurrencyOptions, ...endpointOptions, ...ignoredOptions, ...nodeOptions, ...volumeOptions, ...own };

/** All flags, for help. */
export const managerOptions: OptionTable = table;

/** What the controllers read of the flags. */
export interface ManagerOptions extends ComponentOptions, AutoscalerOptions, ConcurrencyOptions, EndpointOptions, NodeOptions, VolumeOptions {
  readonly controllers: readonly string[];
  readonly 'root-ca-file': string | undefined;
  readonly 'service-account-private-key-file': string | undefined;
  readonly 'legacy-service-account-token-clean-up-period': number;
  readonly 'cluster-signing-cert-file': string | undefined;
  readonly 'cluster-signing-key-file': string | undefined;
  readonly 'cluster-signing-kubelet-serving-cert-file': string | undefined;
  readonly 'cluster-signing-kubelet-serving-key-file': string | undefined;
  readonly 'cluster-signing-kubelet-client-cert-file': string | undefined;
  readonly 'cluster-signing-kubelet-client-key-file': string | undefined;
  readonly 'cluster-signing-kube-apiserver-client-cert-file': string | undefined;
  readonly 'cluster-signing-kube-apiserver-client-key-file': string | undefined;
  readonly 'cluster-signing-legacy-unknown-cert-file': string | undefined;
  readonly 'cluster-signing-legacy-unknown-key-file': string | undefined;
  readonly 'cluster-signing-duration': number;
  readonly 'enable-garbage-collector': boolean;
  readonly 'state-metrics': boolean;
  readonly 'resource-quota-sync-period': number;
  readonly 'cloud-provider': string | undefined;
}

/** UsageError for what cannot be meant. */
export function parseManagerOptions(args: readonly string[]): ManagerOptions {
  const { options } = parseOptions(table, args);
  const fault = unknownControllers(options.controllers) ?? endpointFault(options);
  if (fault !== undefined) throw new UsageError(fault);
  return options;
}

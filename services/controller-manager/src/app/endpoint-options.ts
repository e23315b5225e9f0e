import { optionTable, type OptionSpec, type Options } from '@kubernode/component-base';
import type { ConcurrencyOptions } from './concurrency.ts';

type Flag<K extends 'int' | 'duration'> = OptionSpec<K> & { kind: K; default: number };

type EndpointTable = {
  readonly 'max-endpoints-per-slice': Flag<'int'>;
  readonly 'mirroring-max-endpoints-per-subset': Flag<'int'>;
  readonly 'endpoint-updates-batch-period': Flag<'duration'>;
  readonly 'endpointslice-updates-batch-period': Flag<'duration'>;
  readonly 'mirroring-endpointslice-updates-batch-period': Flag<'duration'>;
};

/** Flags of the controllers of endpoints. */
export const endpointOptions: EndpointTable = optionTable({
  'max-endpoints-per-slice': { kind: 'int', default: 100, help: 'How many endpoints an EndpointSlice may have' },
  'mirroring-max-endpoints-per-subset': { kind: 'int', default: 1000, help: 'How many addresses of a subset of Endpoints are mirrored' },
  'endpoint-updates-batch-period': { kind: 'duration', default: 0, help: 'How long changes of pods wait for others before Endpoints are written' },
  'endpointslice-updates-batch-period': { kind: 'duration', default: 0, help: 'The same for EndpointSlices' },
  'mirroring-endpointslice-updates-batch-period': { kind: 'duration', default: 0, help: 'How long changes of mirrored EndpointSlices wait before they are put right' },
});

export type EndpointOptions = Options<EndpointTable>;

const WORKERS_MAX = 50;
const ENDPOINTS_MAX = 1000;

/** What is wrong with the flags' numbers, in Kubernetes' words; undefined when nothing is. */
export function endpointFault(options: EndpointOptions & Pick<ConcurrencyOptions, 'concurrent-service-endpoint-syncs' | 'mirroring-concurrent-service-endpoint-syncs'>): string | undefined {
  const limits = [
    ['concurrent-service-endpoint-syncs', WORKERS_MAX], ['max-endpoints-per-slice', ENDPOINTS_MAX],
    ['mirroring-concurrent-service-endpoint-syncs', WORKERS_MAX], ['mirroring-max-endpoints-per-subset', ENDPOINTS_MAX],
  ] as const;
  const faults = limits.flatMap(([flag, most]) => {
    const given = options[flag];
    if (given < 1) return [`${flag} must not be less than 1, but got ${given}`];
    return given > most ? [`${flag} must not be more than ${most}, but got ${given}`] : [];
  });
  return faults.length < 2 ? faults[0] : `[${faults.join(', ')}]`;
}

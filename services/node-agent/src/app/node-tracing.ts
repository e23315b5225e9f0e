import { hostname } from 'node:os';
import { UserError } from '@kubernode/component-base';
import type { OpenTracingOptions, Tracing } from '@kubernode/tracing';
import type { NodeOptions } from './node-options.ts';

type TracingOptions = Pick<NodeOptions, 'tracing-endpoint' | 'tracing-sampling-rate-per-million'>;

/** What `tracing` of a KubeletConfiguration means, or the flags for its fields; undefined without, and then nothing of it is loaded. @throws UserError */
export async function openNodeTracing({ 'tracing-endpoint': endpoint, 'tracing-sampling-rate-per-million': samplingRatePerMillion }: TracingOptions, options: Omit<OpenTracingOptions, 'service' | 'instance'>): Promise<Tracing | undefined> {
  if (endpoint === undefined && samplingRatePerMillion === undefined) return undefined;
  const { openTracing, tracingConfigurationOf } = await import('@kubernode/tracing');
  const configuration = tracingConfigurationOf({ ...(endpoint !== undefined && { endpoint }), ...(samplingRatePerMillion !== undefined && { samplingRatePerMillion }) }, (faults) => { throw new UserError(`tracing: ${faults.join('; ')}`); });
  return openTracing(configuration, { ...options, service: 'kubelet', instance: hostname() });
}

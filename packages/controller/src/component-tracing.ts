import { hostname } from 'node:os';
import type { OpenTracingOptions, Tracer } from '@kubernode/tracing';

/** A tracer, and what brings its spans to the collector until aborted. */
export interface ComponentTracing { tracer: Tracer; run(signal: AbortSignal): Promise<void> }

/** What --tracing-config-file means; undefined without, and then nothing of it is loaded. @throws UserError */
export async function openComponentTracing(file: string | undefined, options: Omit<OpenTracingOptions, 'instance'>): Promise<ComponentTracing | undefined> {
  if (file === undefined) return undefined;
  const { openTracing, parseTracingConfiguration } = await import('@kubernode/tracing');
  return openTracing(parseTracingConfiguration(file), { ...options, instance: hostname() });
}

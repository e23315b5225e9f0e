import { hostname } from 'node:os';
import type { OpenTracingOptions, Tracing } from '@kubernode/tracing';

/** What --tracing-config-file means; undefined without, and then nothing of it is loaded. @throws UserError */
export async function openComponentTracing(file: string | undefined, options: Omit<OpenTracingOptions, 'instance'>): Promise<Tracing | undefined> {
  if (file === undefined) return undefined;
  const { openTracing, parseTracingConfiguration } = await import('@kubernode/tracing');
  return openTracing(parseTracingConfiguration(file), { ...options, instance: hostname() });
}

import type { Clock, Rng } from '@kubernode/base';
import { version, type Logger } from '@kubernode/component-base';
import { Tracer } from './tracer.ts';
import type { TracingConfiguration } from './tracing-configuration.ts';

/** A tracer, and what brings its spans to the collector until aborted. */
export interface Tracing { tracer: Tracer; run(signal: AbortSignal): Promise<void> }

export interface OpenTracingOptions {
  /** `apiserver`: OpenTelemetry's service.name. */
  service: string;
  /** Tells this process from others of the service. */
  instance: string;
  clock: Clock;
  rng: Rng;
  logger: Logger;
}

/** A tracer and its way to the collector, which runs until aborted. What sends is loaded by processes that are traced. */
export async function openTracing({ endpoint, samplingRatePerMillion }: TracingConfiguration, { service, instance, clock, rng, logger }: OpenTracingOptions): Promise<Tracing> {
  const [{ SpanExporter }, { encodeSpans }, { createSpanSender }] = await Promise.all([import('./span-exporter.ts'), import('./encode-spans.ts'), import('./send-spans.ts')]);
  const resource = { 'service.name': service, 'service.instance.id': instance, 'service.version': version.gitVersion, 'telemetry.sdk.language': 'nodejs', 'telemetry.sdk.name': 'kubernode' };
  const sender = createSpanSender(endpoint);
  const exporter = new SpanExporter({ clock, logger, send: (spans, signal) => sender.send(encodeSpans(spans, resource), signal) });
  return {
    tracer: new Tracer({ clock, rng, sink: exporter, samplingRatePerMillion }),
    async run(signal) { try { await exporter.run(signal); } finally { sender.close(); } },
  };
}

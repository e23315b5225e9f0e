/**
 * Traces in OpenTelemetry's form, for processes that are configured to: W3C trace contexts, spans, sampling, export by OTLP.
 * Guarantees: spans wait in a bounded queue and are dropped when the collector is slow; a request that is not sampled costs a comparison.
 * Non-goals: following calls behind the scenes; whoever does something traced is given the span it belongs to.
 */
export { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.ts';
export { Tracer, type Attributes, type FinishedSpan, type Span, type SpanKind, type SpanOptions, type SpanSink } from './tracer.ts';
export { openTracing, type OpenTracingOptions, type Tracing } from './open-tracing.ts';
export { parseTracingConfiguration, tracingConfigurationOf, type TracingConfiguration } from './tracing-configuration.ts';

import { schemas, goFields, type coreV1 } from '@kubernode/api';
import { schemaSet, type FieldError } from '@kubernode/apimachinery';
import { defaultPodTemplate } from './defaults.ts';

const decode = schemaSet({ resolve: (name) => schemas[name], goFields: (name) => goFields[name] });

/** A template as the server sees it behind decoding and defaults. Without containers of its own it gets one. */
export function templateOf(spec: object, metadata: object = {}): coreV1.PodTemplateSpec & { spec: coreV1.PodSpec } {
  const template = decode('io.k8s.api.core.v1.PodTemplateSpec')?.normalise({ metadata, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }).object as unknown as coreV1.PodTemplateSpec & { spec: coreV1.PodSpec }; // decoded as one
  defaultPodTemplate(template);
  return template;
}

export function specOf(spec: object): coreV1.PodSpec {
  return templateOf(spec).spec;
}

/** A pod's spec with one container of these fields. */
export function containerSpec(container: object, more: object = {}): coreV1.PodSpec {
  return specOf({ containers: [{ name: 'c', image: 'i', ...container }], ...more });
}

export function texts(errors: readonly FieldError[] | undefined): string[] {
  return (errors ?? []).map(({ field, message }) => `${field}: ${message}`);
}

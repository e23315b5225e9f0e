import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { defaultPodTemplate } from '../shared/pod-spec/defaults.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import { podTemplateFaults } from '../shared/pod-spec/pod-template-rules.ts';
import { templateWarnings } from '../shared/pod-spec/warnings.ts';
import type { Strategy } from '../strategy.ts';

/** Pod templates: judged as the templates of workloads are. */
export const podTemplateStrategy: Strategy<coreV1.PodTemplate & KubeObject> = {
  defaults: ({ template }) => { defaultPodTemplate(template); },
  prepareForCreate: ({ template }) => { dropUnservedTemplateFields(template); },
  prepareForUpdate: ({ template }) => { dropUnservedTemplateFields(template); },
  validate: ({ template }) => podTemplateFaults(template, 'template'),
  validateUpdate: ({ template }) => podTemplateFaults(template, 'template'),
  warnings: ({ template, metadata }, old) => (old !== undefined && old.metadata.generation === metadata.generation ? [] : templateWarnings(template, 'template')),
  generationFields: ['template'],
  returnsDeletedObject: true,
};

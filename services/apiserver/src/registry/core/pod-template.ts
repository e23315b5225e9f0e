import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Pod templates: judged as the templates of workloads are. */
export const podTemplateStrategy: Strategy<coreV1.PodTemplate & KubeObject> = {};

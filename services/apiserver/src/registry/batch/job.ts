import type { batchV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Jobs: pods that come to an end. */
export const jobStrategy: Strategy<batchV1.Job & KubeObject> = {};

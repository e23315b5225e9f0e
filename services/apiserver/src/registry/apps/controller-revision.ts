import type { appsV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Controller revisions: what a workload once was, never changed. */
export const controllerRevisionStrategy: Strategy<appsV1.ControllerRevision & KubeObject> = {};

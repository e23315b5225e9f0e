import type { appsV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Stateful sets: pods with names and volumes of their own. */
export const statefulSetStrategy: Strategy<appsV1.StatefulSet & KubeObject> = {};

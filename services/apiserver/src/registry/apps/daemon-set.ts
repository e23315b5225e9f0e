import type { appsV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';

/** Daemon sets: one pod of a template on each node. */
export const daemonSetStrategy: Strategy<appsV1.DaemonSet & KubeObject> = {};

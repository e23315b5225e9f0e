import { errorMessage } from '@kubernode/base';
import type { CriRuntime, RuntimeStatus } from '../cri/cri-runtime.ts';

export interface RuntimeHealth {
  /** Undefined while the runtime does not answer. */
  status: RuntimeStatus | undefined;
  /** In the words of the node's Ready condition; none when all is well. */
  problems: readonly string[];
}

/** Whether the runtime answers, and says that it and its network are ready. @param listed whether its containers could be listed lately */
export async function runtimeHealth(runtime: Pick<CriRuntime, 'status'>, listed: boolean): Promise<RuntimeHealth> {
  try {
    const status = await runtime.status();
    const unmet = (type: string): string | undefined => {
      const found = status.conditions.find((one) => one.type === type);
      if (found?.status === true) return undefined;
      return `${type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready'}: ${type}=false reason:${found?.reason ?? ''} message:${found?.message ?? ''}`;
    };
    return { status, problems: [unmet('RuntimeReady'), listed ? undefined : 'PLEG is not healthy', unmet('NetworkReady')].filter((problem) => problem !== undefined) };
  } catch (error) {
    return { status: undefined, problems: [`container runtime is down: ${errorMessage(error)}`] };
  }
}

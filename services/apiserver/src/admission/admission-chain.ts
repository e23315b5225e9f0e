import type { Admission } from '../registry/write/write-request.ts';
import type { AdmissionPlugin } from './admission.ts';

/** Runs plugins one after the other in the given order: all `admit` of a write before its `validate`. The first refusal ends it. */
export function createAdmissionChain(plugins: readonly AdmissionPlugin[]): Admission {
  const mutating = plugins.filter(({ admit }) => admit !== undefined);
  const validating = plugins.filter(({ validate }) => validate !== undefined);
  return {
    async admit(attributes) {
      for (const plugin of mutating) {
        const waiting = plugin.admit?.(attributes);
        if (waiting !== undefined) await waiting;
      }
    },
    async validate(attributes) {
      for (const plugin of validating) {
        const waiting = plugin.validate?.(attributes);
        if (waiting !== undefined) await waiting;
      }
    },
  };
}

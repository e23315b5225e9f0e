import type { KubeObject } from '@kubernode/apimachinery';
import type { Evaluator, Usage } from '@kubernode/quota';

/** An evaluator that works out the cost of each state of an object once; objects that are shared are never changed in place. */
export function rememberUsage(evaluator: Evaluator): Evaluator {
  const known = new WeakMap<Readonly<KubeObject>, Usage>();
  return {
    ...evaluator,
    usage(object, now) {
      if (object.metadata.deletionTimestamp !== undefined) return evaluator.usage(object, now); // what ends costs less as time goes by
      let usage = known.get(object);
      if (usage === undefined) known.set(object, usage = evaluator.usage(object, now));
      return usage;
    },
  };
}

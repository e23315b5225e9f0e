import { errorMessage } from '@kubernode/base';

/** Several errors as one, in Kubernetes' form: the one alone as it is, or `[a, b]` without repetitions and without brackets in brackets. */
export function aggregateError(errors: readonly unknown[]): unknown {
  const all = errors.flatMap((error): unknown[] => (error instanceof AggregateError ? error.errors : [error]));
  if (all.length === 1) return all[0];
  const texts = [...new Set(all.map((error) => errorMessage(error)))];
  return new AggregateError(all, texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`);
}

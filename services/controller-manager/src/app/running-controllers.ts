import type { Runtime } from '@kubernode/controller';
import { Gauge } from 'prom-client';

/** Shows which controllers run in this process: all of them from a call of what it returns until that is disposed of, none otherwise. */
export function runningControllers({ registry }: Pick<Runtime, 'registry'>, names: readonly string[]): () => Disposable {
  const gauge = new Gauge({ name: 'running_managed_controllers', help: 'Indicates where instances of a controller are currently running', labelNames: ['name', 'manager'] as const, registers: [registry] });
  const show = (value: number): void => { for (const name of names) gauge.set({ name, manager: 'kube-controller-manager' }, value); };
  show(0);
  return () => {
    show(1);
    return { [Symbol.dispose]: () => { show(0); } };
  };
}

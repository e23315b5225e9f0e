import { fullSize, type Sizes } from '../cluster/topology.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly backend: 'namespaces' | 'containers';
  /** Names of faults to choose from; all where there are none. */
  readonly faults: readonly string[];
  /** How often each fault is measured, for the table; 0: random sequences instead. */
  readonly runs: number;
  readonly nodes: number;
}

/** From the environment, as `make chaos SEED=… MINUTES=… BACKEND=… FAULTS=… RUNS=… NODES=…` has it. */
export function optionsFrom(env: NodeJS.ProcessEnv): ChaosOptions {
  const whole = (name: string, fallback: number): number => {
    const value = Number(env[name] ?? fallback);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name}=${env[name]}: want a whole number`);
    return value;
  };
  const backend = env['BACKEND'] ?? 'namespaces';
  if (backend !== 'namespaces' && backend !== 'containers') throw new Error(`BACKEND=${backend}: want namespaces or containers`);
  return { seed: whole('SEED', 1), minutes: whole('MINUTES', 5), backend, faults: (env['FAULTS'] ?? '').split(',').filter((name) => name !== ''), runs: whole('RUNS', 0), nodes: whole('NODES', 3) };
}

export const sizesOf = ({ nodes }: Pick<ChaosOptions, 'nodes'>): Sizes => ({ ...fullSize, nodes });

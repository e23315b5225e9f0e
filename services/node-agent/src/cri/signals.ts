import type { cri } from '@kubernode/rpc';

/** `SIGRTMIN+3` → `SIGNAL_SIGRTMINPLUS3`: the API's names of signals in the runtime's words. */
export function toCriSignal(name: string): cri.Signal {
  return `SIGNAL_${name.replace('+', 'PLUS').replace('-', 'MINUS')}` as cri.Signal; // validated: one of the API's names
}

/** The other way round; undefined where the runtime does not tell. */
export function signalName(signal: cri.Signal | null | undefined): string | undefined {
  if (!signal || signal === 'SIGNAL_RUNTIME_DEFAULT') return undefined;
  return signal.replace('SIGNAL_', '').replace(/(?<=SIGRTM..)PLUS/, '+').replace(/(?<=SIGRTM..)MINUS/, '-');
}

import type { Transport } from '@kubernode/client';

export interface RotatingTransport extends Transport {
  /** All that begins from now on goes by another transport; what is under way ends by its own. */
  replace(next: Transport): void;
}

interface Generation { transport: Transport; users: number; retired: boolean }

/** A transport whose connections can be exchanged while it is used: for credentials that change. */
export function rotatingTransport(first: Transport): RotatingTransport {
  let current: Generation = { transport: first, users: 0, retired: false };
  const old = new Set<Generation>();
  const leave = (generation: Generation): void => {
    generation.users--;
    if (generation.retired && generation.users === 0) { old.delete(generation); generation.transport.close(); }
  };
  return {
    async call(request) {
      const used = current;
      used.users++;
      try { return await used.transport.call(request); } finally { leave(used); }
    },
    async *watch(request) {
      const used = current;
      used.users++;
      try { yield* used.transport.watch(request); } finally { leave(used); } // servers end watches after minutes
    },
    replace(next) {
      const before = current;
      current = { transport: next, users: 0, retired: false };
      before.retired = true;
      if (before.users === 0) before.transport.close(); else old.add(before);
    },
    close() { for (const { transport } of [current, ...old]) transport.close(); },
  };
}

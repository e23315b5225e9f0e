import type { Transport } from '../client.ts';

export interface RotatingTransport extends Transport {
  /** All that begins from now on goes by another transport; what is under way ends by its own. */
  replace(next: Transport): void;
}

interface Generation { transport: Transport; users: number; retired: boolean }

/** A transport whose connections can be exchanged while it is used: for credentials that change. The next ones offer what the first offers. */
export function rotatingTransport(first: Transport): RotatingTransport {
  let current: Generation = { transport: first, users: 0, retired: false };
  const old = new Set<Generation>();
  const enter = (): Generation => { current.users++; return current; };
  const leave = (generation: Generation): void => {
    generation.users--;
    if (generation.retired && generation.users === 0) { old.delete(generation); generation.transport.close(); }
  };
  return {
    async call(request) {
      const used = enter();
      try { return await used.transport.call(request); } finally { leave(used); }
    },
    async *watch(request) {
      const used = enter();
      try { yield* used.transport.watch(request); } finally { leave(used); } // servers end watches after minutes
    },
    ...(first.holdLease !== undefined && {
      async holdLease(...hold: Parameters<NonNullable<Transport['holdLease']>>) {
        const used = enter();
        try { await used.transport.holdLease?.(...hold); } finally { leave(used); } // a leader's stream stays where it is: the lead does not change with a certificate
      },
    }),
    replace(next) {
      const before = current;
      current = { transport: next, users: 0, retired: false };
      before.retired = true;
      if (before.users === 0) before.transport.close(); else old.add(before);
    },
    close() { for (const { transport } of [current, ...old]) transport.close(); },
  };
}

import { readAuthorities, type ReadText } from '@kubernode/component-base';
import type { Runtime } from '@kubernode/controller';
import type { RootCa } from '../controllers/root-ca.ts';

/** Of the flag's file, or by which this process knows the servers itself. */
export function followRootCa({ 'root-ca-file': file = '' }: { readonly 'root-ca-file'?: string | undefined }, { follower, serverAuthority }: Pick<Runtime, 'follower' | 'serverAuthority'>): RootCa {
  let pem = '';
  const listeners = new Set<() => void>();
  follower.follow((read: ReadText) => (file === '' ? serverAuthority(read) : readAuthorities(read, file)), (text) => {
    pem = text;
    for (const listener of listeners) listener();
  });
  return {
    get pem() { return pem; },
    onChange(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => { listeners.delete(listener); } };
    },
  };
}

import { checkKeyPair, readFlagFile, UsageError } from '@kubernode/component-base';
import type { ManagerOptions } from '../app/options.ts';
import type { Authority } from './sign-request.ts';
import { API_SERVER_CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY_UNKNOWN } from './signer-rules.ts';

type SigningFlags = Pick<ManagerOptions, `cluster-signing-${'' | 'kubelet-serving-' | 'kubelet-client-' | 'kube-apiserver-client-' | 'legacy-unknown-'}${'cert' | 'key'}-file`>;

/** The part of the flags' names that stands for a signer. */
const FLAG_OF_SIGNER = { [KUBELET_SERVING]: 'kubelet-serving-', [KUBELET_CLIENT]: 'kubelet-client-', [API_SERVER_CLIENT]: 'kube-apiserver-client-', [LEGACY_UNKNOWN]: 'legacy-unknown-' } as const;

/**
 * The authority of each signer that the flags give one, read when asked for, so that files may change. One for all of them, or one for each that
 * shall sign, not both. Empty when no flag is set.
 */
export function signerAuthorities(flags: SigningFlags): ReadonlyMap<string, () => Authority> {
  const own = Object.entries(FLAG_OF_SIGNER).filter(([, part]) => isGiven(flags, part, 'cert') || isGiven(flags, part, 'key'));
  const shared = isGiven(flags, '', 'cert') && isGiven(flags, '', 'key');
  if (own.length > 0 && shared) throw new UsageError('cannot specify default and per controller certs at the same time');
  if (own.length > 0) return new Map(own.map(([signer, part]) => [signer, authorityReader(flags, part)]));
  return new Map(shared ? Object.keys(FLAG_OF_SIGNER).map((signer) => [signer, authorityReader(flags, '')]) : []);
}

type Part = '' | typeof FLAG_OF_SIGNER[keyof typeof FLAG_OF_SIGNER];

/** Reads once to tell of faults at the start. */
function authorityReader(flags: SigningFlags, part: Part): () => Authority {
  const file = (kind: 'cert' | 'key'): string => readFlagFile(`cluster-signing-${part}${kind}-file`, flags[`cluster-signing-${part}${kind}-file`] ?? '');
  const read = (): Authority => {
    const authority = { certificate: file('cert'), key: file('key') };
    checkKeyPair(authority); // one half may have been exchanged a moment ago: what it signed would be nobody's
    return authority;
  };
  read();
  return read;
}

function isGiven(flags: SigningFlags, part: Part, kind: 'cert' | 'key'): boolean { return (flags[`cluster-signing-${part}${kind}-file`] ?? '') !== ''; }

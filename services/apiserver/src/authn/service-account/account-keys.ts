import type { FileFollower, ReadText } from '@kubernode/component-base';
import { readSigningKey, readVerificationKeys, type VerificationKey } from './keys.ts';
import { keySigner, type TokenSigner } from './token-signer.ts';

export interface AccountKeyFiles { keyFiles: readonly string[]; signingKeyFile: string | undefined }

/** The keys of service account tokens, as they are now. */
export interface AccountKeys {
  /** Accept tokens; the same list as long as no key changes. */
  verification(): readonly VerificationKey[];
  /** Signs new ones. */
  signer(): TokenSigner | undefined;
  /** For how long others may remember the list. */
  cacheSeconds(): number;
  /** The longest life of a token that the signer gives, where it has a limit. */
  readonly maxTokenSeconds?: number;
  /** Looks for a key that is not in the list; absent where the list is all there is. */
  find?(id: string): Promise<readonly VerificationKey[]>;
}

/** As Kubernetes tells others. */
const CACHE_SECONDS = 3_600;

/**
 * Reads the key files, and again when one of them changes, so that keys are rotated without a restart. Tokens are verified with the signing
 * key when no others are given. Throws a UserError that names a bad file; one that turns bad later changes nothing.
 */
export function accountKeys({ keyFiles, signingKeyFile }: AccountKeyFiles, files: FileFollower): AccountKeys {
  const verifying = keyFiles.length > 0 || signingKeyFile === undefined ? keyFiles : [signingKeyFile];
  const load = (read: ReadText): { keys: readonly VerificationKey[]; signer: TokenSigner | undefined } => {
    const keys = verifying.flatMap((file) => readVerificationKeys(read(file), file));
    return {
      keys: [...new Map(keys.map((key) => [key.id, key])).values()],
      signer: signingKeyFile === undefined ? undefined : keySigner(readSigningKey(read(signingKeyFile), signingKeyFile)),
    };
  };
  let current: ReturnType<typeof load> = { keys: [], signer: undefined };
  files.follow(load, (loaded) => { current = loaded; });
  return { verification: () => current.keys, signer: () => current.signer, cacheSeconds: () => CACHE_SECONDS };
}

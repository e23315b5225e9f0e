import type { Client } from '@kubernode/client';
import type { Rng } from '@kubernode/base';

/** Who acts, where, and by which chance. */
export interface UserContext { client: Client; rng: Rng; namespace: string; signal: AbortSignal }

/** Something that users do. What a server refuses or the network loses is the user's loss. */
export type UserAction = (context: UserContext) => Promise<unknown>;

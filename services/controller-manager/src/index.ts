import type { Command } from '@kubernode/component-base';

export const commands: readonly Command[] = [];

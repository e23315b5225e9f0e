import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';
import { createAdmissionChain } from './admission-chain.ts';

const attributes = {} as AdmissionAttributes; // the plugins here do not look at it

function run(plugins: AdmissionPlugin[]): Promise<void> {
  return createAdmissionChain(plugins).admit(attributes);
}

describe('createAdmissionChain', () => {
  it('goes round once more when a plugin asks for it, and never a third time', async () => {
    const seen: string[] = [];
    const asking: AdmissionPlugin = { name: 'asking', admit: (_, rounds) => { seen.push(`asking ${rounds.isReinvocation}`); rounds.askForAnother(); } };
    const plain: AdmissionPlugin = { name: 'plain', admit: async () => { seen.push('plain'); } };
    await run([plain, asking]);
    expect(seen).toEqual(['plain', 'asking false', 'plain', 'asking true']);
  });

  it('keeps what plugins remember from round to round, but not from write to write', async () => {
    const counts: unknown[] = [];
    const counting: AdmissionPlugin = { name: 'c', admit: (_, { memory }) => { counts.push(memory.get('c')); memory.set('c', 1); } };
    const asking: AdmissionPlugin = { name: 'a', admit: (_, rounds) => { rounds.askForAnother(); } };
    const chain = createAdmissionChain([counting, asking]);
    await chain.admit(attributes);
    await chain.admit(attributes);
    expect(counts).toEqual([undefined, 1, undefined, 1]);
  });

  it('stops at the first refusal', async () => {
    const late = countingPlugin();
    await expect(run([{ name: 'no', admit: () => { throw new Error('no'); } }, { name: 'late', admit: late.admit }])).rejects.toThrow('no');
    expect(late.calls).toBe(0);
  });
});

function countingPlugin(): { calls: number; admit(): void } {
  const counter = { calls: 0, admit: (): void => { counter.calls++; } };
  return counter;
}

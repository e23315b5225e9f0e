import { errorMessage, Semaphore, timeLimit, type Clock } from '@kubernode/base';
import { redactText } from '@kubernode/component-base';
import type { Collected, CollectedFile, Section } from './section.ts';

const SECTIONS_AT_ONCE = 4;
/** Of one section; a process that hangs must not hold up the rest. */
const SECTION_MS = 20_000;
/** Of all: what is not there by then is left out. */
const TOTAL_MS = 180_000;
export const FILE_CHARACTERS_MAX: number = 8 * 1024 * 1024;
export const TOTAL_CHARACTERS_MAX: number = 96 * 1024 * 1024;

/** Reads all sections, some at a time, each within its time and size. Whatever they hold, what looks like a secret is taken out last of all. */
export async function collect(sections: readonly Section[], { clock, signal, onDone }: { clock: Clock; signal: AbortSignal; onDone?: (section: Section, fault: string | undefined) => void }): Promise<Collected> {
  const semaphore = new Semaphore(SECTIONS_AT_ONCE);
  const files: (CollectedFile | undefined)[] = [];
  const faults: string[] = [];
  let characters = 0;
  using ended = timeLimit({ clock, ms: TOTAL_MS }, signal);
  await Promise.all(sections.map((section, index) => semaphore.run(async () => {
    let fault: string | undefined;
    try {
      if (ended.signal.aborted) throw new Error('left out: there was no time left');
      if (characters >= TOTAL_CHARACTERS_MAX) throw new Error('left out: the bundle is full');
      const text = shortened(redactText(await withinTime(section, { clock, signal: ended.signal })), section.keeps);
      characters += text.length;
      files[index] = { path: section.path, text };
    } catch (error) {
      if (signal.aborted) throw error;
      fault = redactText(errorMessage(error));
      faults.push(`${section.path}: ${fault}`);
    }
    onDone?.(section, fault);
  }, { signal })));
  return { files: files.filter((file) => file !== undefined), faults };
}

/** A section that pays no heed to its signal is left behind. */
async function withinTime({ read }: Section, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<string> {
  using ended = timeLimit({ clock, ms: SECTION_MS }, signal);
  const late = new Promise<never>((_resolve, reject) => { ended.signal.addEventListener('abort', () => { reject(new Error('no answer in time')); }, { once: true }); });
  return await Promise.race([read(ended.signal), late]);
}

function shortened(text: string, keeps: Section['keeps']): string {
  if (text.length <= FILE_CHARACTERS_MAX) return text;
  return keeps === 'end' ? `[the beginning was left out]\n${text.slice(-FILE_CHARACTERS_MAX)}` : `${text.slice(0, FILE_CHARACTERS_MAX)}\n[the rest was left out]\n`;
}

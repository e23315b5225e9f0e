import { labelParts } from '@kubernode/component-base';
import type { Family, StateKind } from './family.ts';

/** So many objects are told of between two looks at whether the reader keeps up. */
const OBJECTS_AT_ONCE = 500;

/** All metrics of all objects of a kind in Prometheus' text format, one family after the other, in pieces. Pure. */
export function* exposeKind<T>({ identity, families }: StateKind<T>, objects: readonly Readonly<T>[]): Generator<string> {
  const identities = objects.map((object) => labelParts(identity(object)).join(','));
  for (const family of families) {
    yield `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} ${family.type}\n`;
    for (let from = 0; from < objects.length; from += OBJECTS_AT_ONCE) {
      const lines = objects.slice(from, from + OBJECTS_AT_ONCE).map((object, i) => sampleLines(family, object, identities[from + i] ?? ''));
      yield lines.join('');
    }
  }
}

function sampleLines<T>({ name, samples }: Family<T>, object: Readonly<T>, identity: string): string {
  let text = '';
  for (const { labels, value } of samples(object)) {
    if (Number.isNaN(value)) continue; // what is stored may be no number
    text += `${name}{${labels === undefined ? identity : [identity, ...labelParts(labels)].join(',')}} ${value}\n`;
  }
  return text;
}

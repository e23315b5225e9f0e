import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where a contract of `proto/` lies: at the top of the source tree, or beside the bundle. */
export function protoFile(name: string): string {
  const places = [path.join(import.meta.dirname, '../../../../proto'), path.join(import.meta.dirname, 'proto')];
  const found = places.map((place) => path.join(place, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`the contract ${name} is missing from this installation; looked in ${places.join(' and ')}`);
  return found;
}

import { isJsonObject } from '@kubernode/apimachinery';
import { usedDefinitions, type Swagger } from './swagger-references.ts';

/**
 * The document with those paths alone that are to be kept. Definitions that only other paths led to go with them; definitions that nothing
 * led to stay. Pure.
 */
export function filterSwagger(document: Swagger, keeps: (path: string) => boolean): Swagger {
  const { paths, definitions } = document;
  if (!isJsonObject(paths)) return document;
  const kept: Swagger = { ...document, paths: Object.fromEntries(Object.entries(paths).filter(([path]) => path.startsWith('x-') || keeps(path))) };
  const [before, after] = [usedDefinitions(document), usedDefinitions(kept)];
  return { ...kept, definitions: Object.fromEntries(Object.entries(isJsonObject(definitions) ? definitions : {}).filter(([name]) => after.has(name) || !before.has(name))) };
}

import { isJsonObject, type JsonObject } from '@kubernode/apimachinery';

/** What versions of a definition share stands once beside them in v1beta1; in v1 each version has its own. */
const SHARED = { validation: 'schema', subresources: 'subresources', additionalPrinterColumns: 'additionalPrinterColumns', selectableFields: 'selectableFields' } as const;

/**
 * A CustomResourceDefinition as kube-apiserver stores it to this day, apiextensions.k8s.io/v1beta1, in the words of v1. Values of v1
 * are given back as they are. Pure.
 */
export function definitionFromStored(stored: JsonObject): JsonObject {
  const { spec } = stored;
  if (stored['apiVersion'] !== 'apiextensions.k8s.io/v1beta1' || !isJsonObject(spec)) return stored;
  const { version, versions, conversion, preserveUnknownFields = true, validation, subresources, additionalPrinterColumns, selectableFields, ...rest } = spec;
  const listed = Array.isArray(versions) && versions.length > 0 ? versions.filter(isJsonObject) : [{ name: version ?? '', served: true, storage: true }];
  const shared = Object.entries({ validation, subresources, additionalPrinterColumns, selectableFields }).filter(([, value]) => value !== undefined).map(([name, value]) => [SHARED[name as keyof typeof SHARED], value]); // the names are those above
  return {
    ...stored,
    spec: { ...rest, versions: listed.map((one) => withColumns({ ...one, ...Object.fromEntries(shared) as JsonObject })), preserveUnknownFields, ...(isJsonObject(conversion) && { conversion: conversionFromStored(conversion) }) },
  };
}

function withColumns(version: JsonObject): JsonObject {
  const { additionalPrinterColumns: columns } = version;
  if (!Array.isArray(columns)) return version;
  return { ...version, additionalPrinterColumns: columns.map((column) => { const { JSONPath: jsonPath = '', ...rest } = column as JsonObject; return { ...rest, jsonPath }; }) }; // columns are objects
}

function conversionFromStored({ strategy = 'None', webhookClientConfig: clientConfig, conversionReviewVersions = [] }: JsonObject): JsonObject {
  return clientConfig === undefined ? { strategy } : { strategy, webhook: { clientConfig, conversionReviewVersions } };
}

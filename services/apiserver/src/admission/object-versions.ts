import { copyJson, formatApiVersion, internalError, type JsonObject, type KubeObject } from '@kubernode/apimachinery';
import { shapeCustom } from '../custom-resources/decode-custom.ts';
import { normaliseObject, targetOf, type DecodeTarget } from '../endpoints/decode-body.ts';
import { schemaNameOfKind } from '../openapi/schema-name.ts';
import type { ResolveResource, ServedResource } from '../registry/served-resource.ts';
import type { AdmissionAttributes } from './admission.ts';
import type { MatchedResource } from './matching/match-rules.ts';

/**
 * Objects of a request in the version that a webhook or policy knows: plugins of the server see what will be stored, and custom objects in
 * the version of the request; outsiders the version that their rules name. Objects of subresources with a kind of their own have one
 * version only. Between versions of a custom resource a webhook may have to be asked; what it rejects with says why it failed.
 */
export class ObjectVersions {
  readonly #resolve: ResolveResource;

  constructor(resolve: ResolveResource) { this.#resolve = resolve; }

  /** The object as that version shows it; the very same where it is so already. Not to be changed. */
  async show(object: Readonly<KubeObject>, matched: MatchedResource): Promise<Readonly<KubeObject>> {
    const served = this.#versionOf(matched);
    if (served === undefined) return object;
    if (served.custom !== undefined) return inCustomVersion(object, served);
    return served.conversion === undefined ? object : served.conversion.fromStored(copyJson(object) as KubeObject); // a private copy
  }

  /** What somebody made of what was shown, as an object of that version. @throws StatusError 500 for what is no object of the kind. */
  read(document: unknown, matched: MatchedResource): KubeObject {
    const target = this.#targetOf(matched);
    if (target === undefined) return document as KubeObject; // options of connections: whoever connects looks at each
    try {
      return normaliseObject({ value: document, duplicates: [] }, target, { fieldValidation: 'Ignore', warn: () => undefined });
    } catch (error) { throw internalError(error); }
  }

  /** An object of that version in the form in which the request's is kept; it may be changed and returned. */
  async keep(object: KubeObject, { group, version, resource }: AdmissionAttributes, matched: MatchedResource): Promise<KubeObject> {
    const served = this.#versionOf(matched);
    if (served === undefined) return object;
    const requested = this.#resolve(group, version, resource);
    if (requested?.custom !== undefined) return inCustomVersion(object, requested, shapeCustom);
    if (served.conversion === undefined) return object;
    const stored = served.conversion.toStored(object);
    served.storage.strategy.defaults?.(stored);
    return stored;
  }

  #targetOf(matched: MatchedResource): DecodeTarget | undefined {
    const served = this.#versionOf(matched);
    if (served !== undefined) return targetOf(served);
    const schema = schemaNameOfKind(matched.kind);
    return schema === undefined ? undefined : { ...matched.kind, schema };
  }

  /** Undefined for subresources with a kind of their own. */
  #versionOf({ group, version, resource, kind }: MatchedResource): ServedResource | undefined {
    const served = this.#resolve(group, version, resource);
    return served?.kind.kind === kind.kind && served.kind.group === kind.group ? served : undefined;
  }
}

async function inCustomVersion(object: Readonly<KubeObject>, { kind, custom }: ServedResource, shape?: typeof shapeCustom): Promise<KubeObject> {
  const apiVersion = formatApiVersion(kind);
  if (object.apiVersion === apiVersion || custom === undefined) return object;
  const converted = await custom.convert(copyJson(object) as unknown as JsonObject, apiVersion); // custom objects are JSON as they came
  shape?.(converted, custom);
  return converted as unknown as KubeObject; // another version of one
}

import { copyJson, formatApiVersion, internalError, type GroupVersionResource, type KubeObject } from '@kubernode/apimachinery';
import { normaliseObject, targetOf } from '../endpoints/decode-body.ts';
import type { ResolveResource, ServedResource } from '../registry/served-resource.ts';
import type { AdmissionAttributes } from './admission.ts';
import type { MatchedResource } from './matching/match-rules.ts';

/**
 * Objects of a request in the version that a webhook or policy knows: plugins of the server see what will be stored, outsiders the version
 * that their rules name. Objects of subresources with a kind of their own have one version only.
 */
export class ObjectVersions {
  readonly #resolve: ResolveResource;

  constructor(resolve: ResolveResource) { this.#resolve = resolve; }

  /** The object as that version shows it; the very same where it is so already. Not to be changed. */
  show(object: Readonly<KubeObject>, attributes: AdmissionAttributes, matched: MatchedResource): Readonly<KubeObject> {
    const served = this.#versionOf(object, matched);
    if (served === undefined) return object;
    if (served.custom !== undefined) return this.#customForm(object, attributes, served);
    return served.conversion === undefined ? object : served.conversion.fromStored(copyJson(object) as KubeObject); // a private copy
  }

  /** What somebody made of what was shown, in the form in which it is kept. @throws StatusError 500 for what is no object of the kind. */
  keep(changed: unknown, attributes: AdmissionAttributes, matched: MatchedResource): KubeObject {
    const shown = changed as KubeObject; // what it lacks, normalising refuses
    const served = this.#versionOf(shown, matched);
    if (served === undefined) return shown;
    const object = this.#normalise(shown, served);
    if (served.custom !== undefined) return this.#customForm(object, attributes, this.#resolve(attributes.group, attributes.version, attributes.resource) ?? served) as KubeObject; // private since it was normalised
    if (served.conversion === undefined) return object;
    const stored = served.conversion.toStored(object);
    served.storage.strategy.defaults?.(stored);
    return stored;
  }

  #normalise(value: unknown, served: ServedResource): KubeObject {
    try {
      return normaliseObject({ value, duplicates: [] }, targetOf(served), { fieldValidation: 'Ignore', warn: () => undefined });
    } catch (error) { throw internalError(error); }
  }

  #versionOf(object: Readonly<KubeObject>, { group, version, resource }: GroupVersionResource): ServedResource | undefined {
    const served = this.#resolve(group, version, resource);
    return served?.kind.kind === object.kind ? served : undefined;
  }

  /** A custom object is seen in the version of the request, not in that which is stored. */
  #customForm(object: Readonly<KubeObject>, { group, version, resource }: AdmissionAttributes, to: ServedResource): Readonly<KubeObject> {
    const apiVersion = formatApiVersion(to.kind);
    if (object.apiVersion === apiVersion) return object;
    const converted = this.#resolve(group, version, resource)?.custom?.renamed(object as never, apiVersion); // custom objects are JSON as they came
    if (converted === undefined) throw internalError(new Error(`unable to convert ${object.apiVersion}, Kind=${object.kind} to ${apiVersion}`));
    return converted as unknown as KubeObject; // another version of one
  }
}

import type { KubeObject } from '@kubernode/apimachinery';
import type { Logger } from '@kubernode/component-base';
import type { AdmissionAttributes } from '../admission.ts';

/**
 * A write as extensions see it. All of it is frozen, deeply; only `admit` may change `object`, in place. Writes of all kinds and of
 * subresources come by, also those of the cluster's own components: look at `group`, `resource`, `subresource` and `operation` first.
 */
export interface ExtensionAttributes extends Omit<AdmissionAttributes, 'oldObject' | 'expiresAtMs' | 'signal'> {
  readonly oldObject: Readonly<KubeObject> | undefined;
  /** Aborts when the time for this call is over or nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** The error to throw for a write that shall not happen: `throw refuse('why')`. The client gets a Status with that code, 403 by default. */
  refuse(why: string, code?: number): Error;
}

/** One admission plugin from outside. What it throws, other than by `refuse`, ends the write with 500 and the server goes on. */
export interface AdmissionExtension {
  /** Shows in errors and metrics; no built-in plugin's. */
  readonly name: string;
  /** Changes `object`, after MutatingAdmissionWebhook. May run twice for a write, when a webhook asks for another round: repeating it has to change nothing. */
  admit?(attributes: ExtensionAttributes): void | Promise<void>;
  /** Judges the object in its final form, before ValidatingAdmissionPolicy. */
  validate?(attributes: ExtensionAttributes): void | Promise<void>;
}

/** What an extension gets of the server it is loaded into. */
export interface ExtensionHost {
  /** What is in the file of `--admission-extension MODULE=FILE`, YAML or JSON; undefined without one. Frozen. */
  readonly configuration: unknown;
  readonly logger: Logger;
}

/** The default export of a module that `--admission-extension` names. Called once, before the server serves; what it throws keeps the server from starting. */
export type CreateAdmissionExtension = (host: ExtensionHost) => AdmissionExtension | Promise<AdmissionExtension>;

import type { GroupVersionKind, KubeObject } from '@kubernode/apimachinery';
import type { UserInfo } from '../pipeline/api-request.ts';
import type { RequestCourse } from '../pipeline/request-course.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What is about to be done, as admission sees it: after defaults and the strategy's preparation, before validation. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly user: UserInfo;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly kind: GroupVersionKind;
  readonly namespace: string;
  /** Empty on a create by generateName until the name is made. */
  readonly name: string;
  /** What will be stored (for subresources with a kind of their own: that object); `admit` may change it in place. Absent for deletions. */
  readonly object: KubeObject | undefined;
  /** What is stored; absent for creations. */
  readonly oldObject: Readonly<KubeObject> | undefined;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** When the request has to be answered, monotonic. */
  readonly expiresAtMs?: number | undefined;
  /** Where the time of the request goes; absent for the server's own writes. */
  readonly course?: RequestCourse | undefined;
  /** Adds a `Warning` header. */
  warn(text: string): void;
  /** Adds an annotation to the audit event. */
  annotate(key: string, value: string): void;
}

/**
 * The rounds of `admit` of one write. What others made of an object may concern a plugin that has seen it before: a plugin that changed it
 * for somebody outside the server asks for one more round of all plugins, and knows by `isReinvocation` that it is in it.
 */
export interface AdmissionRounds {
  readonly isReinvocation: boolean;
  askForAnother(): void;
  /** What a plugin remembers of the round before, under its name. */
  readonly memory: Map<string, unknown>;
}

/** One admission plugin. Both functions throw a StatusError to refuse; they return a promise only when they have to wait. */
export interface AdmissionPlugin {
  /** As in --enable-admission-plugins. */
  readonly name: string;
  /** Changes the object. All plugins' `admit` run before any `validate`. */
  admit?(attributes: AdmissionAttributes, rounds: AdmissionRounds): void | Promise<void>;
  /** Judges the object in its final form. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/** For whoever asks one plugin once. */
export const ONE_ROUND: AdmissionRounds = { isReinvocation: false, askForAnother: () => undefined, memory: new Map() };

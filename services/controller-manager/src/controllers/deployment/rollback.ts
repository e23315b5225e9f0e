import { appsV1Resources, type appsV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { sameTemplate, withoutHash } from '../pod-template-hash/same-template.ts';
import { lastRevision, revisionOf, ROLLBACK_TO, rollbackTarget, rolledBackAnnotations } from './revisions.ts';

type Deployment = Readonly<appsV1.Deployment>;
type ReplicaSet = Readonly<appsV1.ReplicaSet>;

/** Takes the template of an earlier revision, as asked by the annotation of the old API, which goes in any case. */
export function rollBack(deployment: Deployment, sets: readonly ReplicaSet[]): Action[] {
  const revision = rollbackTarget(deployment) || lastRevision(sets);
  const { [ROLLBACK_TO]: _done, ...annotations } = deployment.metadata.annotations ?? {};
  const cleared = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  if (revision === 0n) return warned(deployment, cleared, 'DeploymentRollbackRevisionNotFound', 'Unable to find last revision.');
  const target = sets.find((set) => revisionOf(set) === revision);
  if (target === undefined) return warned(deployment, cleared, 'DeploymentRollbackRevisionNotFound', 'Unable to find the revision to rollback to.');
  const template = target.spec?.template ?? {};
  if (sameTemplate(template, deployment.spec?.template ?? {})) return warned(deployment, cleared, 'DeploymentRollbackTemplateUnchanged', `The rollback revision contains the same template as current deployment "${deployment.metadata.name}"`);
  const rolledBack = { ...deployment, metadata: { ...deployment.metadata, annotations: rolledBackAnnotations(deployment, target) }, spec: { ...deployment.spec, template: withoutHash(template) } };
  return [{
    ...updated(rolledBack as Deployment), // the spec it had, with another template
    then: () => [{ do: 'event', about: deployment, type: 'Normal', reason: 'DeploymentRollback', message: `Rolled back deployment "${deployment.metadata.name}" to revision ${revision}` }],
  }];
}

function warned(about: Deployment, cleared: Deployment, reason: string, message: string): Action[] {
  return [{ do: 'event', about, type: 'Warning', reason, message }, updated(cleared)];
}

function updated(object: Deployment): Extract<Action, { do: 'update' }> { return { do: 'update', resource: appsV1Resources.deployments, object }; }

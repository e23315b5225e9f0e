import { coreV1Resources, storageV1Resources, type coreV1, type storageV1 } from '@kubernode/api';
import { controller, nothingToDo, watch, type Action, type Controller, type Plan } from '@kubernode/controller';
import { claimClass, volumeAnnotations } from '@kubernode/volume-matching';
import { claims, save, volumes, withAnnotations, without } from '../save.ts';
import { LOCAL_PATH, localVolume, localVolumeName, unfitForDirectory } from './local-volume.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;

const { selectedNode, storageProvisioner } = volumeAnnotations;
const classes = storageV1Resources.storageclasses;
const nodes = coreV1Resources.nodes;

export interface ProvisioningScene {
  claim: Claim;
  storageClass: Readonly<storageV1.StorageClass> | undefined;
  /** The node that the scheduler chose for the claim's first pod. */
  node: Readonly<coreV1.Node> | undefined;
  isMade: boolean;
  /** Where nodes keep volumes' directories. */
  dir: string;
}

/** A claim that cannot be served is told so again this often. */
const RETRY_MS = 60_000;

/** Makes volumes in directories of the nodes that pods were scheduled to. */
export function localPathProvisioner({ dir }: { dir: string }): Controller {
  return controller<ProvisioningScene>({
    name: 'local_path_claims',
    component: LOCAL_PATH,
    watches: [
      watch({ resource: claims, keys: ({ key, object }) => (object !== undefined && asksUs(object) ? [key] : []) }),
      watch({ resource: classes, keys: () => [] }), watch({ resource: nodes, keys: () => [] }), watch({ resource: volumes, keys: () => [] }),
    ],
    read(key, listers) {
      const claim = listers.of(claims).get(key);
      if (claim === undefined || !asksUs(claim)) return undefined;
      const nodeName = claim.metadata.annotations?.[selectedNode];
      return {
        claim, dir, storageClass: listers.of(classes).get(claimClass(claim)), isMade: listers.of(volumes).get(localVolumeName(claim)) !== undefined,
        node: nodeName === undefined ? undefined : listers.of(nodes).get(nodeName),
      };
    },
    reconcile,
  });
}

/** The binder names the provisioner once it found no volume for the claim. */
function asksUs({ metadata, spec }: Claim): boolean {
  return metadata.annotations?.[storageProvisioner] === LOCAL_PATH && (spec?.volumeName ?? '') === '' && metadata.deletionTimestamp === undefined;
}

export function reconcile({ claim, storageClass, node, isMade, dir }: ProvisioningScene): Plan {
  if (isMade || storageClass?.provisioner !== LOCAL_PATH) return nothingToDo;
  const nodeName = claim.metadata.annotations?.[selectedNode];
  const fail = (why: string): Action => tell(claim, 'Warning', 'ProvisioningFailed', `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${why}`);
  if (nodeName === undefined) return { actions: [fail('a directory is made where its pod runs: the class needs volumeBindingMode WaitForFirstConsumer')], againAfterMs: RETRY_MS };
  if (node === undefined) return { actions: [fail(`failed to get target node: nodes "${nodeName}" not found`), ...chooseAnew(claim)] };
  const fault = unfitForDirectory(claim);
  if (fault !== undefined) return { actions: [fail(fault)], againAfterMs: RETRY_MS };
  const volume = localVolume({ claim, storageClass, node, dir });
  return {
    actions: [
      tell(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim "${claim.metadata.namespace ?? ''}/${claim.metadata.name}"`),
      {
        do: 'create', resource: volumes, object: volume,
        then: () => [tell(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volume.metadata.name}`)],
        otherwise: ({ reason, message }) => (reason === 'AlreadyExists' ? { handled: true } : { actions: [fail(message)] }),
      },
    ],
  };
}

/** Without the annotation the scheduler looks for another node. */
function chooseAnew(claim: Claim): Action[] {
  return save(claims, claim, withAnnotations(claim, without(claim.metadata.annotations, selectedNode)));
}

function tell(claim: Claim, type: 'Normal' | 'Warning', reason: string, message: string): Action {
  return { do: 'event', about: claim, type, reason, message };
}

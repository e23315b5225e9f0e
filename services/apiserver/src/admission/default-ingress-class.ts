import type { networkingV1 } from '@kubernode/api';
import type { AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { defaultClass } from './default-class.ts';

const IS_DEFAULT = ['ingressclass.kubernetes.io/is-default-class'];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Ingresses that name no class get the default one. */
export function defaultIngressClass({ sources }: AdmissionDependencies): AdmissionPlugin {
  const classes = sources({ group: 'networking.k8s.io', resource: 'ingressclasses' });
  return {
    name: 'DefaultIngressClass',
    admit({ operation, group, resource, subresource, object }) {
      if (operation !== 'CREATE' || group !== 'networking.k8s.io' || resource !== 'ingresses' || subresource !== '' || object === undefined) return;
      const ingress = object as Partial<networkingV1.Ingress>; // by the check
      if (ingress.spec?.ingressClassName !== undefined || object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
      const chosen = defaultClass(classes.list(), IS_DEFAULT);
      if (chosen !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: chosen.metadata.name };
    },
  };
}

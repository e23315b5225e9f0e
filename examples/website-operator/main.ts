// Runs the operator against any cluster:
//   kubectl apply -f examples/website-operator/website.yaml
//   npx tsx --conditions=source examples/website-operator/main.ts --kubeconfig ~/.kube/config
import { runOperator } from '@kubernode/controller';
import { websiteController } from './website-controller.ts';

process.exitCode = await runOperator({ name: 'website-operator', summary: 'Serves Websites', controllers: [websiteController] }, process);

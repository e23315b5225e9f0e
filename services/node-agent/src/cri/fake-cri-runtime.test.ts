import { systemClock } from '@kubernode/base';
import { criContract } from '../../test/cri-contract.ts';
import { DEMO_IMAGE } from '../../test/images.ts';
import { createFakeCriRuntime } from './fake-cri-runtime.ts';

criContract('fake', () => createFakeCriRuntime({ clock: systemClock, images: [DEMO_IMAGE] }));

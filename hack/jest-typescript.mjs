// Lets a worker thread of the unit tests load TypeScript: what `--import tsx` does for a process.
import { isMainThread } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

if (!isMainThread) register();

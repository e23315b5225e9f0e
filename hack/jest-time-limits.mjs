// Gives tests and hooks the time limits that jest's own runner gives them: jest-light-runner knows none, and one test that waits for ever would
// keep all others waiting.
import { addEventHandler } from 'jest-circus';

const LIMIT_MS = 5000;

/** Fails when `fn` has not ended in time; what it still does then is its own affair. */
function limited(fn, limitMs) {
  return async () => {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs); });
    try { return await Promise.race([fn(), late]); } finally { clearTimeout(timer); }
  };
}

addEventHandler(({ name }, { currentDescribeBlock: { children, hooks } }) => {
  const added = name === 'add_test' ? children.at(-1) : name === 'add_hook' ? hooks.at(-1) : undefined;
  if (added?.fn?.length === 0) added.fn = limited(added.fn, added.timeout ?? LIMIT_MS);
});

/** The images that the tests' pods run; see busybox-image.ts. */
export const DEMO_IMAGE = 'localhost/demo:1';
export const PAUSE_IMAGE = 'localhost/pause:1';

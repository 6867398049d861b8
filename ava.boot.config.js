/** Boots of real discs in virtual machines: `npx ava --config ava.boot.config.js`, after a build. */
export default {
  files: ['test/boot/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  // Each file is one machine at a time; two keep two cores busy.
  concurrency: 2,
  timeout: '10m',
};

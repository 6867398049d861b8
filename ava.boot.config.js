/** The files that take longest: they begin first, so that no processor waits for the other's last one. */
const LONGEST = [
  ...['persistence', 'toram', 'matrix-amd64', 'matrix-i386'],
  ...['system', 'full-store-96', 'media-check', 'compressed', 'package', 'profile'],
];

const rank = (file) => {
  const index = LONGEST.findIndex((name) => file.endsWith(`/${name}.test.ts`));
  return index === -1 ? LONGEST.length : index;
};

/** Boots of real discs in virtual machines: `npx ava --config ava.boot.config.js`, after a build. */
export default {
  files: ['test/boot/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  // Each file is one machine at a time; two keep two cores busy.
  concurrency: 2,
  sortTestFiles: (a, b) => rank(a) - rank(b),
  timeout: '10m',
};

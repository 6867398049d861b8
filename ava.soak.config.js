import boot from './ava.boot.config.js';

/** Boots that take longer than all others, for before a release: `npx ava --config ava.soak.config.js`, after a build. */
export default { ...boot, files: ['test/soak/**/*.test.ts'] };

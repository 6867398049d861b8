import { isAbsolute } from 'node:path';

/**
 * A path as a shell reads it: `~` and `~/x` begin at the home folder. Everything else stays, also the `~ana/x` of
 * others, and all of it without a home folder. Pure.
 */
export function expandHome(path: string, home: string | undefined): string {
  if (home === undefined || !isAbsolute(home) || !/^~(?:\/|$)/.test(path)) return path;
  return `${home.replace(/\/+$/, '')}${path.slice(1)}` || '/';
}

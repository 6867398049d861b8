import { isAbsolute, join } from 'node:path';

/**
 * Where the user's cache is, after the XDG Base Directory Specification, or undefined for nowhere.
 * `SNAPDISC_CACHE` names another folder.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const { SNAPDISC_CACHE: own, XDG_CACHE_HOME: caches, HOME: home } = environment;
  if (own !== undefined && own !== '') return own;
  if (caches !== undefined && isAbsolute(caches)) return join(caches, 'snapdisc');
  return home !== undefined && isAbsolute(home) ? join(home, '.cache', 'snapdisc') : undefined;
}

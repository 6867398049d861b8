import { bootstrap } from '../rootfs/debian/bootstrap.js';
import { type DebianSettings, debianName, debianOf } from '../rootfs/debian/debian-source.js';
import { type OpenSourceOptions, openSource } from '../rootfs/open-source.js';
import type { Source } from '../rootfs/source.js';
import type { WorkContext } from './report.js';

/**
 * Opens what a recipe names as its source: `openSource`, after a Debian that does not exist yet was
 * bootstrapped.
 * @param title of the stage that reads it.
 * @throws what `openSource` and `bootstrap` throw
 */
export async function openRecipeSource(
  settings: DebianSettings,
  { reporter, signal }: WorkContext,
  {
    title,
    ...options
  }: Pick<OpenSourceOptions, 'keep' | 'onlooker' | 'own'> & { readonly title: string },
): Promise<Source> {
  const debian = debianOf(settings);
  const path =
    debian === undefined ? settings.source : await bootstrap(debian, { reporter, signal });
  reporter.stage(title);
  return openSource(path, {
    ...options,
    ...(debian === undefined ? {} : { name: debianName(debian) }),
    onNote: (text) => reporter.note(text),
    signal,
  });
}

/** What to do about images that are no root filesystem yet, for messages. Pure. */

const PREFIX = /^(docker|podman):(?:\/\/)?(?=.)/;
/** NAME:TAG and HOST:PORT/NAME:TAG; nothing that a shell would read otherwise. */
const REFERENCE = /^[a-z0-9][a-z0-9._/-]*(?::[\w./-]+)*$/;

export type ContainerTool = 'docker' | 'podman';

/** The commands that make a root filesystem of an image, with what follows from them. */
export function exportCommands(tool: ContainerTool, image: string): string {
  return `${tool} create --name live ${image}, ${tool} export live -o rootfs.tar; rootfs.tar is the source then`;
}

/** What to do where a path that does not exist looks like an image: `docker:alpine`, `alpine:3.20`. */
export function imageAdvice(path: string): string | undefined {
  const [prefix = '', tool] = PREFIX.exec(path) ?? [];
  const image = path.slice(prefix.length);
  if (!path.includes(':') || !REFERENCE.test(image)) return undefined;
  return `If that is a container image, export it: ${exportCommands(tool === 'podman' ? tool : 'docker', image)}.`;
}

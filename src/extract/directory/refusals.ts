/** What a machine did not let us set, counted: files are too many to name. */
export class Refusals {
  owners = 0;
  devices = 0;
  sockets = 0;
  /** Files whose xattrs in namespaces of root's were left out. */
  xattrs = 0;
  /** What setfattr complained of. */
  xattrFailure: string | undefined;

  /** Full sentences, none if everything was set. */
  notes(): string[] {
    const notes: string[] = [];
    const lost = [
      count(this.owners, 'owner', 'owners'),
      count(this.devices, 'device node', 'device nodes'),
      count(this.xattrs, "file's extended attributes", "files' extended attributes"),
    ].filter((text) => text !== '');
    if (lost.length > 0) {
      notes.push(
        `Only root can set everything; left out: ${lost.join(', ')}. --tar keeps all of it, whoever extracts.`,
      );
    }
    if (this.owners > 0)
      notes.push('Files of other owners got no set-user-ID or set-group-ID bit.');
    if (this.xattrFailure !== undefined) {
      notes.push(`Extended attributes could not all be set: ${this.xattrFailure}`);
    }
    if (this.sockets > 0) {
      notes.push(
        `${count(this.sockets, 'socket was', 'sockets were')} left out: programs make their own.`,
      );
    }
    return notes;
  }
}

function count(number: number, one: string, many: string): string {
  if (number === 0) return '';
  return `${number} ${number === 1 ? one : many}`;
}

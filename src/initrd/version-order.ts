/**
 * Orders kernel versions as Debian orders package versions (deb-version(7), "Sorting algorithm"):
 * numbers by value, `~` before the end, letters before other characters. `-rc1` counts as `~rc1`,
 * before its release.
 * @returns below 0 when `a` is older than `b`, 0 when they are equal, above 0 when it is newer.
 */
export function compareVersions(a: string, b: string): number {
  const left = parts(a);
  const right = parts(b);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const isNumber = index % 2 === 1;
    const order = isNumber
      ? compareNumbers(left[index] ?? '', right[index] ?? '')
      : compareText(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Text and numbers in turn, text first. */
function parts(version: string): string[] {
  return version.replace(/[-.]rc(?=\d)/g, '~rc').split(/(\d+)/);
}

/** As text, since version numbers may be dates too long for exact arithmetic. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length - right.length;
  return left === right ? 0 : left < right ? -1 : 1;
}

function compareText(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = rank(a[index]) - rank(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function rank(char: string | undefined): number {
  if (char === '~') return -1;
  if (char === undefined) return 0;
  const code = char.charCodeAt(0);
  return /[A-Za-z]/.test(char) ? code : code + 0x10000;
}

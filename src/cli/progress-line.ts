import { formatBytes, formatDuration } from './format.js';

/** How far a stage is. */
export interface StageState {
  readonly title: string;
  /** Bytes; undefined where the length is unknown. */
  readonly total: number | undefined;
  readonly done: number;
  /** Seconds since the stage began. */
  readonly seconds: number;
}

const BAR_WIDTH = 20;
/** Before that, a rate says more about caches than about the work. */
const SETTLED_SECONDS = 1;

/**
 * A stage as one line of at most `columns` characters: title, bar, percentage, bytes, rate and time
 * left, as much as there is room for. Pure.
 */
export function progressLine(state: StageState, columns: number): string {
  const details = [bar(state), percentage(state), amount(state), rate(state), timeLeft(state)];
  const shown = details.filter((part) => part !== '');
  // What is least missed goes first.
  while (shown.length > 0 && state.title.length + 2 + shown.join('  ').length > columns) {
    shown.pop();
  }
  return [state.title, ...shown].join('  ').slice(0, Math.max(0, columns));
}

/** A finished stage: what it did and how long it took. */
export function finishedLine(state: StageState): string {
  const figures = [amount({ ...state, total: undefined }), formatDuration(state.seconds)];
  if (state.done > 0 && state.seconds >= SETTLED_SECONDS) {
    figures.push(`${formatBytes(Math.round(state.done / state.seconds))}/s`);
  }
  return `${state.title}  ${figures.filter((part) => part !== '').join('  ')}`;
}

function share({ total, done }: StageState): number | undefined {
  if (total === undefined || total <= 0) return undefined;
  return Math.min(1, Math.max(0, done / total));
}

function bar(state: StageState): string {
  const part = share(state);
  if (part === undefined) return '';
  const filled = Math.floor(part * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
}

function percentage(state: StageState): string {
  const part = share(state);
  return part === undefined ? '' : `${String(Math.floor(part * 100)).padStart(3)}%`;
}

function amount({ total, done }: StageState): string {
  if (total === undefined || total <= 0) return done > 0 ? formatBytes(done) : '';
  return `${formatBytes(done)} of ${formatBytes(total)}`;
}

function rate({ done, seconds }: StageState): string {
  if (done <= 0 || seconds < SETTLED_SECONDS) return '';
  return `${formatBytes(Math.round(done / seconds))}/s`;
}

function timeLeft(state: StageState): string {
  const part = share(state);
  if (part === undefined || part <= 0 || state.seconds < SETTLED_SECONDS) return '';
  const seconds = (state.seconds * (1 - part)) / part;
  return part === 1 ? '' : `${formatDuration(Math.ceil(seconds)).replace(/\.0 s$/, ' s')} left`;
}

// Times, spans and counts as people read them. Pure.

const two = (value) => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 12:00:10, with `digits` of the second's fraction. Virtual times are shown as the server tells them: in UTC. */
export function clockTime(instant, digits = 0) {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) return '';
  const fraction = digits ? `.${String(time.getUTCMilliseconds()).padStart(3, '0').slice(0, digits)}` : '';
  return `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}${fraction}`;
}

/** 27 Mar 2026 */
export function dateOf(instant) {
  const time = new Date(instant);
  if (Number.isNaN(time.getTime())) return '';
  return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`;
}

/** A span as two units at most: 6.1 s, 2 min 5 s, 1 h 30 min, 2 d 4 h. */
export function span(milliseconds) {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const units = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const rest = Math.round(seconds);
  const first = units.findIndex(([size]) => rest >= size);
  const [size, name] = units[first];
  const [lesser, lesserName] = units[first + 1] ?? [1, 's'];
  const more = Math.floor((rest % size) / lesser);
  return `${Math.floor(rest / size)} ${name}${more ? ` ${more} ${lesserName}` : ''}`;
}

/** 0.4 ms, 12 ms, 1.2 s */
export function micros(value) {
  if (value < 10_000) return `${(value / 1000).toFixed(1)} ms`;
  return value < 1_000_000 ? `${Math.round(value / 1000)} ms` : `${(value / 1_000_000).toFixed(1)} s`;
}

/** 1 finding, 2 findings */
export function counted(count, noun, plural = `${noun}s`) {
  return `${number(count)} ${count === 1 ? noun : plural}`;
}

/** 100,000 */
export function number(value) {
  return String(value ?? 0).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 312 bytes, 20.5 KB */
export function bytes(value) {
  return value < 1000 ? counted(value, 'byte') : `${(value / 1000).toFixed(1)} KB`;
}

/** The times to draw marks at between two instants, some six of them, at round seconds, minutes, hours or days. */
export function ticks(from, to) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400];
  const wanted = (to - from) / 1000 / 7;
  const step = 1000 * (steps.find((one) => one >= wanted) ?? 86400 * Math.ceil(wanted / 86400));
  const list = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) list.push(at);
  return {step, list};
}

/** A tick as :05 where its minute is that of the one before, else in full. */
export function tickText(at, previous) {
  const full = clockTime(at);
  if (previous === undefined || Math.floor(at / 60000) !== Math.floor(previous / 60000)) return full;
  return full.slice(5);
}

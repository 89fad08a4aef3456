// JSON as lines to show: numbers, order and repeated members stay as they were written. Pure.

const TOKEN = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/y;

/** A member's name or an index as one step of a JSON Pointer (RFC 6901). */
export function pointerStep(name) {
  return '/' + String(name).replaceAll('~', '~0').replaceAll('/', '~1');
}

function kindOf(token) {
  if (token[0] === '"') return 'string';
  return /^[tfn]/.test(token) ? 'literal' : 'number';
}

/**
 * The lines of a pretty print: `{depth, pointer, key, value, kind, comma}`, `value` being a scalar, an opening or a
 * closing bracket, or an empty pair. Text that is no JSON is given line by line, without pointers.
 */
export function prettyLines(text) {
  try {
    JSON.parse(text);
  } catch {
    return text === '' ? [] : text.split('\n').map((value) => ({depth: 0, value, kind: 'text'}));
  }
  const lines = [];
  const open = [{pointer: '', next: null}]; // containers: the pointer of each, and the index that an element gets
  let pointer = '';
  let key;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const token = match[1];
    const container = open[open.length - 1];
    if (token === ',') {
      lines[lines.length - 1].comma = true;
      continue;
    }
    if (token === ':') continue;
    if (token === '}' || token === ']') {
      open.pop();
      const last = lines[lines.length - 1];
      if (last.opens && last.pointer === container.pointer) {
        last.value += token;
        last.opens = false;
      } else {
        lines.push({depth: open.length - 1, pointer: container.pointer, value: token, kind: 'bracket', closes: true});
      }
      continue;
    }
    if (container.next === undefined && key === undefined) {
      key = token;
      pointer = container.pointer + pointerStep(JSON.parse(token));
      continue;
    }
    if (typeof container.next === 'number') pointer = container.pointer + pointerStep(container.next++);
    const opens = token === '{' || token === '[';
    lines.push({depth: open.length - 1, pointer, key, value: token, kind: opens ? 'bracket' : kindOf(token), opens});
    if (opens) open.push({pointer, next: token === '[' ? 0 : undefined});
    key = undefined;
    pointer = '';
  }
  return lines;
}

/** A line as text, without its indent. */
export function lineText(line) {
  return (line.key === undefined ? '' : `${line.key}: `) + line.value + (line.comma ? ',' : '');
}

/** The text with two blanks a level, as `prettyLines` shows it. */
export function pretty(text) {
  return prettyLines(text)
    .map((line) => '  '.repeat(line.depth) + lineText(line))
    .join('\n');
}

/**
 * Where in `text` the value of a JSON Pointer stands: `{line, column}` from 1, of the member's name where it has one.
 * Undefined when the text is no JSON or has no such value.
 */
export function placeOf(text, pointer) {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const open = [{pointer: '', next: null}];
  let key;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const token = match[1];
    const container = open[open.length - 1];
    if (token === ',' || token === ':') continue;
    if (token === '}' || token === ']') {
      open.pop();
      continue;
    }
    const at = match.index + match[0].length - token.length;
    if (container.next === undefined && key === undefined) {
      key = {at, pointer: container.pointer + pointerStep(JSON.parse(token))};
      if (key.pointer === pointer) return position(text, at);
      continue;
    }
    const here =
      key?.pointer ??
      (typeof container.next === 'number' ? container.pointer + pointerStep(container.next++) : container.pointer);
    if (here === pointer) return position(text, at);
    if (token === '{' || token === '[') open.push({pointer: here, next: token === '[' ? 0 : undefined});
    key = undefined;
  }
  return undefined;
}

function position(text, at) {
  const before = text.slice(0, at);
  return {line: before.split('\n').length, column: at - before.lastIndexOf('\n'), at};
}

/** Every scalar of a value, and every empty container, by its pointer. */
export function leaves(value, pointer = '', found = new Map()) {
  const inner = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  for (const [name, member] of inner) leaves(member, pointer + pointerStep(name), found);
  if (!inner.length) found.set(pointer, JSON.stringify(value));
  return found;
}

/** What differs between two values: `{pointer, a, b}`, undefined for what one lacks. */
export function differences(a, b) {
  const left = leaves(a);
  const right = leaves(b);
  const found = [];
  for (const [pointer, value] of left) {
    if (right.get(pointer) !== value) found.push({pointer, a: value, b: right.get(pointer)});
  }
  for (const [pointer, value] of right) {
    if (!left.has(pointer)) found.push({pointer, a: undefined, b: value});
  }
  return found;
}

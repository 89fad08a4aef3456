// Rules in words. Pure.

const FAULTS = {
  'connection-reset': 'resets the connection',
  'empty-response': 'closes without a byte',
  'truncated-body': 'cuts the body',
  'malformed-chunk': 'spoils the chunks',
  garbage: 'sends noise',
  stall: 'never answers',
  'slow-headers': 'dribbles the head',
  'slow-body': 'dribbles the body',
};

const ordinal = (n) =>
  `${n}${
    n % 10 === 1 && n % 100 !== 11
      ? 'st'
      : n % 10 === 2 && n % 100 !== 12
        ? 'nd'
        : n % 10 === 3 && n % 100 !== 13
          ? 'rd'
          : 'th'
  }`;

const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

function durationInWords(value) {
  if (value?.uniform) return `${value.uniform.map(text).join(' to ')}`;
  if (value?.lognormal) return `about ${text(value.lognormal.median)}`;
  return text(value);
}

/** `when` of a rule as people say it. */
export function conditionsInWords(rule) {
  const when = rule.when ?? {};
  const parts = [];
  if (when.operation !== undefined) parts.push(text(when.operation));
  if (when.method !== undefined) parts.push(text(when.method));
  if (when.path !== undefined) parts.push(`path ${text(when.path)}`);
  for (const [name, value] of Object.entries(when.query ?? {})) parts.push(`?${name}=${text(value)}`);
  for (const [name, value] of Object.entries(when.headers ?? {})) parts.push(`${name}: ${text(value)}`);
  if (when.body !== undefined) parts.push(`body has ${JSON.stringify(when.body)}`);
  const state = when.state ?? rule.whenState;
  if (state !== undefined) parts.push(`in state ${text(state)}`);
  if (when.nth !== undefined) parts.push(`the ${[].concat(when.nth).map(ordinal).join(' and ')} time`);
  if (when.first !== undefined) parts.push(when.first === 1 ? 'the next time' : `the first ${when.first} times`);
  if (when.every !== undefined) parts.push(`every ${ordinal(when.every)} time`);
  if (when.probability !== undefined) parts.push(`${Math.round(when.probability * 1000) / 10} % of the time`);
  return parts.join(', ') || 'every request';
}

/** What a rule does. */
export function actionsInWords(rule) {
  const parts = [];
  if (rule.respond) parts.push(`answers ${rule.respond.status}`);
  if (rule.patch)
    parts.push(`changes the reply (${rule.patch.length} ${rule.patch.length === 1 ? 'step' : 'steps'})`);
  if (rule.alter?.status !== undefined) parts.push(`alters the status to ${rule.alter.status}`);
  if (rule.alter?.headers) parts.push(`alters ${Object.keys(rule.alter.headers).join(', ')}`);
  if (rule.delay !== undefined) parts.push(`waits ${durationInWords(rule.delay)}`);
  if (rule.throttle !== undefined) parts.push(`sends ${rule.throttle} bytes a second`);
  if (rule.fault) {
    const slow = String(rule.fault.kind).startsWith('slow-');
    parts.push(
      (FAULTS[rule.fault.kind] ?? text(rule.fault.kind)) +
        (slow ? '' : rule.fault.after ? ', after it took effect' : ', before it takes effect'),
    );
  }
  if (rule.setState !== undefined) parts.push(`goes to state ${text(rule.setState)}`);
  return parts.join('; ');
}

/** Rules of one click: what the next call of an operation gets. */
export const NEXT = [
  {
    label: '429',
    rule: {respond: {status: 429, body: {error: 'Too many requests. Please retry after a short delay.'}}},
  },
  {label: '500', rule: {respond: {status: 500, body: {error: 'Internal server error.'}}}},
  {label: 'reset', rule: {fault: {kind: 'connection-reset', before: 'commit'}}},
  {label: 'lost reply', rule: {fault: {kind: 'connection-reset', after: 'commit'}}},
  {label: 'slow', rule: {delay: '5s'}},
];

export function nextRule(label, operation) {
  const {rule} = NEXT.find((one) => one.label === label);
  return {name: `next ${operation}: ${label}`, when: {operation, first: 1}, ...rule};
}

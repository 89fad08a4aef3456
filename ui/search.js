// The search of the traffic: words, and tokens such as status:4xx. Pure.

/** What a token's name may be, and what it looks at. The help shows `example`. */
export const TOKENS = {
  status: {example: 'status:4xx', tests: (value) => statusTest(value)},
  op: {example: 'op:list*', tests: (value) => wildcard(value, (entry) => entry.operation ?? '')},
  method: {example: 'method:post', tests: (value) => wildcard(value, (entry) => entry.request.method)},
  path: {example: 'path:/api/external/models', tests: (value) => wildcard(value, (entry) => entry.request.path)},
  workspace: {example: 'workspace:ws_337ab793', tests: (value) => wildcard(value, (entry) => entry.workspace)},
  findings: {example: 'findings:yes', tests: (value) => anyOf(value, (entry) => entry.findings.map((f) => f.kind))},
  rule: {example: 'rule:slow', tests: (value) => anyOf(value, (entry) => (entry.rule ? entry.rule.split(', ') : []))},
  fault: {example: 'fault:yes', tests: (value) => anyOf(value, (entry) => (entry.fault ? [entry.fault] : []))},
  id: {example: 'id:req_000042', tests: (value) => wildcard(value, (entry) => entry.id)},
};
const SAME = {operation: 'op', ws: 'workspace', finding: 'findings'};

/** `*` stands for any run of characters; without one the value may stand anywhere. Case does not matter. */
function wildcard(value, of) {
  const wanted = value.toLowerCase();
  if (!wanted.includes('*')) return (entry) => of(entry).toLowerCase().includes(wanted);
  const pieces = wanted.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${pieces.join('[^]*')}$`);
  return (entry) => pattern.test(of(entry).toLowerCase());
}

/** 404, 4xx, 40*, >=400, <500; `lost` for replies that a fault kept from the client. */
function statusTest(value) {
  const wanted = value.toLowerCase();
  if (wanted === 'lost') return isLost;
  const bound = /^(>=|<=|>|<)(\d{1,3})$/.exec(wanted);
  if (bound) {
    const limit = Number(bound[2]);
    const compare = {'>=': (s) => s >= limit, '<=': (s) => s <= limit, '>': (s) => s > limit, '<': (s) => s < limit};
    return (entry) => compare[bound[1]](entry.response.status);
  }
  const pattern = wanted.replace(/[x*]/g, '.');
  if (!/^[\d.]{1,3}$/.test(pattern)) return () => false;
  const whole = new RegExp(`^${pattern}${'.'.repeat(3 - pattern.length)}$`);
  return (entry) => whole.test(String(entry.response.status));
}

function anyOf(value, of) {
  const wanted = value.toLowerCase();
  if (['yes', 'true', 'any'].includes(wanted)) return (entry) => of(entry).length > 0;
  if (['no', 'false', 'none'].includes(wanted)) return (entry) => of(entry).length === 0;
  return (entry) => of(entry).some((one) => one.toLowerCase().includes(wanted));
}

const LOST = new Set(['connection-reset', 'empty-response', 'truncated-body', 'malformed-chunk', 'garbage', 'stall']);

/** Whether a fault kept the reply from the client. */
export function isLost(entry) {
  return LOST.has(entry.fault);
}

/** All of an entry that words are looked for in, in lower case. Kept with the entry: to be called as it comes. */
export function wordsOf(entry) {
  entry.words ??= [
    entry.id,
    entry.correlationId,
    entry.workspace,
    entry.operation,
    entry.request.method,
    entry.request.url,
    entry.response.status,
    entry.reason,
    entry.rule,
    entry.fault,
    entry.request.body,
    ...entry.findings.flatMap((finding) => [finding.kind, finding.pointer, finding.message]),
  ]
    .join('\n')
    .toLowerCase();
  return entry.words;
}

/** The terms of a query: `{name, value, negated, quoted}`, `name` "" for a word. */
export function parseQuery(query) {
  const terms = [];
  for (const [, minus, name, quoted, plain] of query.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi)) {
    const known = SAME[name?.toLowerCase()] ?? name?.toLowerCase();
    const value = quoted ?? plain;
    if (known && known in TOKENS) terms.push({name: known, value, negated: minus === '-'});
    else terms.push({name: '', value: (name ? `${name}:` : '') + value, negated: minus === '-'});
  }
  return terms.filter((term) => term.value !== '');
}

/** Whether an entry is what the query asks for: all of its terms hold. */
export function matcher(query) {
  const tests = parseQuery(query).map(({name, value, negated}) => {
    const word = value.toLowerCase();
    const test = name ? TOKENS[name].tests(value) : (entry) => wordsOf(entry).includes(word);
    return negated ? (entry) => !test(entry) : test;
  });
  return (entry) => tests.every((test) => test(entry));
}

/** The query with a token set to a value, or without it for "". */
export function withToken(query, name, value) {
  const others = parseQuery(query)
    .filter((term) => term.name !== name)
    .map((term) => {
      const text = /[\s"]/.test(term.value) ? `"${term.value.replaceAll('"', '')}"` : term.value;
      return (term.negated ? '-' : '') + (term.name ? `${term.name}:` : '') + text;
    });
  return [...(value ? [`${name}:${value}`] : []), ...others].join(' ');
}

/** The value that a query's token asks for, "" for none. */
export function tokenOf(query, name) {
  return parseQuery(query).find((term) => term.name === name && !term.negated)?.value ?? '';
}

// Why a request got this reply, in a sentence, and what to do about it. Pure.

import {isLost} from './search.js';
import {counted} from './format.js';

/** The reply's body as a value; undefined when it is no JSON or not at hand. */
export function bodyOf(message) {
  if (!message?.body || message.bodyEncoding || message.bodyTruncated) return undefined;
  try {
    return JSON.parse(message.body);
  } catch {
    return undefined;
  }
}

/** What an operation's 200 did, where its reply says so. */
function effectOf(body) {
  const made = body?.createdRecordIds;
  if (Array.isArray(made)) {
    const reserved = Number(body.creditsReserved);
    return (
      `valid; ${counted(made.length, 'record')} registered` +
      (Number.isFinite(reserved) ? `, ${counted(reserved, 'credit')} reserved` : '')
    );
  }
  return typeof body?.count === 'number' ? `valid; ${counted(body.count, 'record')} listed` : 'valid, and served';
}

/** The advice for a reason: the first whose beginning fits. */
const ADVICE = [
  ['key: none', 'Send an API key: X-Api-Key: mk_live_happy-path.me'],
  ['key: malformed', 'Keys read mk_live_<scenario>.<name>: letters, digits, - and _, a dot, and the rest.'],
  ['key: revoked', 'The scenario or PATCH /__admin/keys revoked it. Reset the workspace, or take another key.'],
  ['key: expired', 'It expired on the virtual clock. Reset the workspace, or take another key.'],
  ['key: unknown', 'The server takes listed keys only (--auth listed): make the workspace first.'],
  ['scope:', 'The scenario gives the key fewer scopes. Take another key or scenario.'],
  ['rate limit:', 'Ask less often, or let virtual time pass.'],
  ['credits:', 'Grant credits in Workspaces, or wait for a refund. Other jobs may have reserved them.'],
  ['path:', 'No operation has this path. Compare it with the documentation, letter by letter.'],
  ['method:', 'The path is documented with another method.'],
  ['body:', 'The body breaks its documented schema at that place.'],
  [
    'not found:',
    'The body names a record that this workspace does not have (or has archived). Other keys see others.',
  ],
  ['maintenance', 'The scenario has a maintenance window open. The timeline or PUT /__admin/script closes it.'],
  ['rule:', 'A scripted rule answered in place of the service. Rules shows it.'],
  ['bug in', 'This is a fault of qamera-mock itself: please report it.'],
];

/** `{sentence, advice, lost}`. `rules` are those of the workspace, to tell whether a fault's request took effect. */
export function why(entry, rules = []) {
  const reason = entry.reason ?? '';
  const body = bodyOf(entry.response);
  let sentence = reason;
  if (reason === '' || reason === 'ok' || reason.startsWith('ok;')) {
    sentence = effectOf(entry.response.status === 200 ? body : undefined) + reason.slice(2);
  }
  if (entry.upstream) sentence = `the reply of ${entry.upstream}` + (reason ? `; ${reason}` : '');
  const advice = ADVICE.find(([beginning]) => reason.startsWith(beginning))?.[1] ?? '';
  if (!entry.fault) return {sentence, advice, lost: false};
  const rule = rules.find((one) => one.rule?.fault?.kind === entry.fault && (entry.rule ?? '').includes(one.name));
  const effect = !rule
    ? ''
    : rule.rule.fault.after || entry.fault.startsWith('slow-')
      ? 'The request took effect all the same: a blind retry does it twice.'
      : 'The request took no effect: it can be sent again.';
  if (!isLost(entry))
    return {sentence, advice: `The fault ${entry.fault} slowed the reply. ${advice}`.trim(), lost: false};
  return {
    sentence:
      `the fault ${entry.fault} kept the reply from the client` +
      (entry.rule ? ` (rule ${entry.rule})` : '') +
      `; it would have been ${entry.response.status}`,
    advice: effect || 'Whether the request took effect is told by the rule: "after": "commit" means that it did.',
    lost: true,
  };
}

/** The chips of a row: `{text, tone}`, what wants attention first. */
export function chips(entry) {
  const list = [];
  if (entry.fault) list.push({text: entry.fault, tone: isLost(entry) ? 'bad' : 'warn'});
  if (entry.findings.length) list.push({text: counted(entry.findings.length, 'finding'), tone: 'warn'});
  const {status} = entry.response;
  if (status >= 400 && !entry.rule && entry.reason)
    list.push({text: entry.reason, tone: status >= 500 ? 'bad' : 'warn'});
  if (entry.rule) list.push({text: `rule: ${entry.rule}`, tone: status >= 500 ? 'bad' : 'warn'});
  return list;
}

/** `good`, `warn` or `bad`. */
export function toneOf(entry) {
  const {status} = entry.response;
  if (isLost(entry) || status >= 500) return 'bad';
  return status >= 400 ? 'warn' : 'good';
}

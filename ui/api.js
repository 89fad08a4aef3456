// The control API. One place knows where it is, the token, and what can go wrong with a call.

const ROOT = new URL('../', import.meta.url); // .../__admin/
const TOKEN = 'qamera-mock token';
const KEYS = 'qamera-mock keys';

/** The server's own URL, for lines to copy. */
export const SERVER = new URL('..', ROOT).href.replace(/\/$/, '');

/** A call that was refused or got no answer. `status` is 0 when nobody answered. */
export class CallError extends Error {
  constructor(message, status, pointer) {
    super(message);
    this.status = status;
    this.pointer = pointer;
  }
}

/** A tab's own storage, which a browser may deny. */
function kept(name, value) {
  try {
    if (value === undefined) return sessionStorage.getItem(name) ?? '';
    sessionStorage.setItem(name, value);
  } catch {
    /* then it is asked for again */
  }
  return value ?? '';
}

let token = kept(TOKEN);
let askForToken = () => {};

export function onTokenNeeded(callback) {
  askForToken = callback;
}

export function setToken(value) {
  token = value;
  kept(TOKEN, value);
}

/** Keys that this tab was told when it made a workspace: nothing else tells them whole. */
export function knownKey(workspace) {
  return JSON.parse(kept(KEYS) || '{}')[workspace] ?? '';
}

export function rememberKey(workspace, key) {
  kept(KEYS, JSON.stringify({...JSON.parse(kept(KEYS) || '{}'), [workspace]: key}));
}

/** The URL of a call; members of `query` that are undefined or "" are left out. */
export function urlOf(path, query = {}) {
  const url = new URL(path.replace(/^\//, ''), ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, value);
  }
  return url;
}

/** A reply of the control API, whatever its status but 401. Throws CallError when there is none. */
export async function fetchAdmin(path, {method = 'GET', query, body, headers = {}, signal} = {}) {
  const sent = {...headers};
  if (token) sent.Authorization = `Bearer ${token}`;
  if (body !== undefined) sent['Content-Type'] = 'application/json';
  let reply;
  try {
    reply = await fetch(urlOf(path, query), {method, body, headers: sent, signal, cache: 'no-store'});
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new CallError('the server does not answer', 0);
  }
  if (reply.status === 401) {
    const text = await reply.text();
    if (/admin token/.test(text)) askForToken();
    throw refusal(401, text);
  }
  return reply;
}

function refusal(status, text, wait) {
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    /* no JSON: the text itself */
  }
  const first = Array.isArray(said?.errors) ? said.errors[0] : undefined;
  const message = first ? String(first.detail ?? first.title) : said?.error ? String(said.error) : text.slice(0, 300);
  const pointer = first?.source?.pointer ?? said?.pointer;
  const busy = status === 429 ? `the server is busy${wait ? `, try again in ${wait} s` : ''}: ` : '';
  return new CallError(busy + (message || `answered ${status}`), status, pointer);
}

/**
 * A call, and its reply's JSON. `json` is sent as the body. Throws CallError for every status that is not in `accept`
 * or 2xx.
 */
export async function call(method, path, {query, json, text, accept = [], signal} = {}) {
  const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
  const reply = await fetchAdmin(path, {method, query, body, signal});
  let said;
  try {
    said = await reply.text();
  } catch {
    throw new CallError('the reply broke off', 0);
  }
  if (!reply.ok && !accept.includes(reply.status))
    throw refusal(reply.status, said, reply.headers.get('Retry-After'));
  try {
    return said ? JSON.parse(said) : {};
  } catch {
    throw new CallError(`the reply to ${path} is no JSON`, reply.status);
  }
}

/**
 * A product request in a workspace's name. What the product API answered, or `lost` when a fault spoiled the reply:
 * `{status, id, reason, body}`.
 */
export async function send(workspace, request) {
  const path = `workspaces/${encodeURIComponent(workspace)}/send`;
  let reply;
  try {
    reply = await fetchAdmin(path, {method: 'POST', body: JSON.stringify(request)});
  } catch (error) {
    if (error.status === 0) return {lost: true, status: 0, reason: 'no reply came'};
    throw error;
  }
  const id = reply.headers.get('X-Qamera-Mock-Request');
  let body = '';
  try {
    body = await reply.text();
  } catch {
    return {lost: true, status: reply.status, id, reason: 'the reply broke off'};
  }
  if (!id && !reply.ok) throw refusal(reply.status, body, reply.headers.get('Retry-After'));
  return {status: reply.status, id, reason: reply.headers.get('X-Qamera-Mock-Reason') ?? '', body};
}

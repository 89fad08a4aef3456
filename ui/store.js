// What the page knows, kept up to date: the journal's entries, the workspaces, and the one that is looked at.

import {call} from './api.js';
import {follow} from './stream.js';
import {useEffect, useReducer} from './preact.js';

const MAX_ENTRIES = 10_000;
const POLL_MS = 2000;

export const state = {
  link: 'connecting', // or 'live', 'lost'
  health: null,
  needsToken: false,
  entries: [], // oldest first, without the replies' bodies
  generation: 0, // counts what was taken out of `entries`
  missed: 0,
  workspaces: [], // summaries, the most recently used last
  chosen: '', // the workspace looked at, as far as the address does not say
  summary: null, // of the workspace looked at
  summaryAt: 0, // when it was told, by the page's own clock
  advance: null, // what the latest advance of the clock did
  compare: '', // the entry that another is held against
  draft: null, // what stands in the editor of Check
  notices: [],
};

const listeners = new Set();
let scheduled = false;

function redrawAll() {
  for (const listener of listeners) listener();
}

/** Sets members, and has the page drawn again soon. */
export function change(members = {}) {
  Object.assign(state, members);
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    redrawAll();
  }, 30);
}

/** The state, in a component that is drawn again when it changes. */
export function useStore() {
  const [, redraw] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    listeners.add(redraw);
    return () => listeners.delete(redraw);
  }, []);
  return state;
}

let notices = 0;

/** A line at the foot of the page, for a while. */
export function notify(text, tone = 'plain') {
  const notice = {id: ++notices, text, tone};
  change({notices: [...state.notices.slice(-2), notice]});
  setTimeout(() => change({notices: state.notices.filter((one) => one !== notice)}), tone === 'bad' ? 9000 : 4000);
}

// The address: #/screen?name=value

export function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return {screen: path || 'traffic', params: Object.fromEntries(new URLSearchParams(query))};
}

/** Goes to a screen. The workspace stays unless `params` names another; `replace` makes no step back. */
export function go(screen, params = {}, {replace = false} = {}) {
  const ws = params.ws ?? route().params.ws;
  const kept = Object.entries({...params, ws}).filter(([, value]) => value);
  const query = new URLSearchParams(kept).toString();
  const hash = `#/${screen}${query ? `?${query}` : ''}`;
  if (hash === location.hash) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', hash);
  redrawAll(); // before the next key
}

/** Changes parameters of the screen that is shown. */
export function amend(params) {
  const here = route();
  go(here.screen, {...here.params, ...params}, {replace: true});
}

/** The id of the workspace that is looked at, "" for none. */
export function currentWorkspace() {
  return route().params.ws ?? state.chosen;
}

export function chooseWorkspace(id) {
  amend({ws: id});
  change({summary: null, advance: null});
  refresh();
}

// Keeping up

let refreshing = false;
let again = false;
let listedAt = -Infinity;
let listMs = 0;

/** Asks for the workspace that is looked at, and for the others when they may have changed. */
export async function refresh({list = false} = {}) {
  if (list) listedAt = -Infinity;
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  try {
    const shown = route().screen === 'workspaces' ? POLL_MS - 100 : 5 * POLL_MS;
    if (performance.now() - listedAt > Math.max(shown, 20 * listMs)) await refreshList();
    await refreshSummary();
  } catch {
    /* the link says so */
  }
  refreshing = false;
  if (again) {
    again = false;
    setTimeout(refresh, 200);
  }
}

async function refreshList() {
  const began = performance.now();
  const {workspaces} = await call('GET', 'workspaces');
  listedAt = performance.now();
  listMs = listedAt - began;
  const known = new Set(workspaces.map((one) => one.id));
  change({workspaces});
  if (route().params.ws && !known.has(route().params.ws)) amend({ws: ''});
  if (!known.has(state.chosen)) change({chosen: workspaces[workspaces.length - 1]?.id ?? ''});
}

async function refreshSummary() {
  const id = currentWorkspace();
  if (!id) {
    change({summary: null});
    return;
  }
  try {
    const summary = await call('GET', `workspaces/${encodeURIComponent(id)}`);
    if (id === currentWorkspace()) change({summary, summaryAt: performance.now()});
  } catch (error) {
    if (error.status !== 404) throw error;
    listedAt = -Infinity;
    again = true;
  }
}

let soon = 0;

function onEntries(list) {
  const {entries} = state;
  entries.push(...list);
  if (entries.length > MAX_ENTRIES + 500) {
    entries.splice(0, entries.length - MAX_ENTRIES);
    state.generation++;
  }
  const known = new Set(state.workspaces.map((one) => one.id));
  if (list.some((entry) => entry.workspace && !known.has(entry.workspace))) listedAt = -Infinity;
  change();
  clearTimeout(soon);
  soon = setTimeout(refresh, 150);
}

/** Takes entries out of the page, as the server has from its journal. */
export function forgetEntries(isGone) {
  change({entries: state.entries.filter((entry) => !isGone(entry)), generation: state.generation + 1, missed: 0});
}

export function start() {
  follow({
    state: (link) => link !== state.link && change({link}),
    health: (health) => change({health}),
    entries: onEntries,
    missed: (count) => change({missed: state.missed + count}),
    restarted: () => {
      forgetEntries(() => true);
      change({summary: null, advance: null});
      refresh({list: true});
    },
  });
  setInterval(() => document.visibilityState === 'visible' && !state.needsToken && refresh(), POLL_MS);
  window.addEventListener('hashchange', () => change());
  window.addEventListener('popstate', () => change());
  refresh();
}

/** What the clock of the workspace shows now, by the page's own clock since it was told. In milliseconds. */
export function virtualNow() {
  const clock = state.summary?.clock;
  if (!clock) return 0;
  const told = Date.parse(clock.now);
  return clock.mode === 'real' ? told + (performance.now() - state.summaryAt) * clock.speed : told;
}

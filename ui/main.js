// The frame: rooms on the left with a count each, the workspace with its clock and credits on top of all of them.

import {html, render, useEffect, useRef, useState} from './preact.js';
import {call, onTokenNeeded, setToken, SERVER} from './api.js';
import {
  amend,
  change,
  chooseWorkspace,
  currentWorkspace,
  go,
  refresh,
  route,
  start,
  useStore,
  virtualNow,
} from './store.js';
import {Action, CreditsBar, Rows} from './parts.js';
import {allKeys, listen, useKeys} from './keys.js';
import {clockTime, counted, dateOf, number} from './format.js';
import {TOKENS, withToken} from './search.js';
import {advance, setClock} from './advance.js';
import {Traffic} from './traffic.js';
import {Workspaces} from './workspaces.js';
import {ClockAndJobs} from './clock.js';
import {Records} from './records.js';
import {Rules} from './rules.js';
import {Check} from './check.js';

const ROOMS = [
  {id: 'traffic', label: 'Traffic', screen: Traffic, count: (s) => s.entries.length},
  {id: 'workspaces', label: 'Workspaces', screen: Workspaces, count: (s) => s.workspaces.length},
  {id: 'clock', label: 'Clock and jobs', screen: ClockAndJobs, count: (s) => s.summary?.pendingJobs},
  {id: 'records', label: 'Records', screen: Records, count: (s) => s.summary && sum(s.summary.records)},
  {id: 'rules', label: 'Rules', screen: Rules, count: (s) => s.summary?.rules},
  {id: 'check', label: 'Check', screen: Check, count: findings},
];

function sum(counts) {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** What the room in red says. */
function findings(s) {
  const ws = currentWorkspace();
  let count = 0;
  for (const entry of s.entries) {
    if (entry.workspace === ws) count += entry.findings.length + (entry.operation === null ? 1 : 0);
  }
  return count ? counted(count, 'finding') : '';
}

function Navigation({state, screen}) {
  return html`<nav aria-label="Rooms">
    <h1>qamera-mock</h1>
    <ul>${ROOMS.map(({id, label, count}, index) => {
      const shown = count(state);
      const wants = id === 'check' && shown;
      return html`<li key=${id}><a href=${`#/${id}`} aria-current=${id === screen ? 'page' : undefined}
        title=${`key ${index + 1}`} onClick=${(event) => {
          event.preventDefault();
          go(id);
        }}>
        <span>${label}</span> <span
            class=${wants ? 'count wants' : 'count'}>${wants ? shown : number(shown || 0)}</span>
      </a></li>`;
    })}</ul>
    <footer>
      <span>${state.health?.version ?? ''} · ${SERVER.replace(/^https?:\/\//, '')}</span>
      <${Theme} />
      <button class="quiet" onClick=${() => amend({help: 'keys'})}>? for keys</button>
    </footer>
  </nav>`;
}

const THEMES = ['system', 'light', 'dark'];

function keptTheme() {
  try {
    const kept = localStorage.getItem('qamera-mock theme');
    return THEMES.includes(kept) ? kept : 'system';
  } catch {
    return 'system';
  }
}

function Theme() {
  const [theme, setTheme] = useState(keptTheme);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem('qamera-mock theme', theme);
    } catch {
      /* not kept */
    }
  }, [theme]);
  return html`<label class="theme">theme <select value=${theme} onChange=${(event) => setTheme(event.target.value)}>
    ${THEMES.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select></label>`;
}

/** The virtual clock, ticking where it does. */
function Clock({summary}) {
  const [, tick] = useState(0);
  const real = summary.clock.mode === 'real';
  useEffect(() => {
    const timer = real && setInterval(() => tick((count) => count + 1), 500);
    return () => clearInterval(timer);
  }, [real]);
  const now = virtualNow();
  const {mode, speed} = summary.clock;
  const says = mode === 'manual' ? 'stopped' : speed === 1 ? 'real' : `×${speed}`;
  return html`<div class="now"><strong>${clockTime(now)}</strong><span>${dateOf(now)}, ${says}</span></div>`;
}

function Picker({state, summary}) {
  const [open, setOpen] = useState(false);
  const [filter, setFilter] = useState('');
  const input = useRef(null);
  const button = useRef(null);
  useEffect(() => {
    if (!open) return;
    setFilter('');
    refresh({list: true});
    input.current.focus();
  }, [open]);
  useKeys({w: {does: 'choose the workspace', run: () => setOpen(true)}});
  const wanted = filter.toLowerCase();
  const found = open
    ? state.workspaces
        .filter((one) => [one.id, one.scenario, one.key].some((text) => text.toLowerCase().includes(wanted)))
        .reverse()
    : [];
  const [at, setAt] = useState(0);
  const close = () => {
    setOpen(false);
    button.current.focus();
  };
  const pick = (one) => {
    const here = route();
    if (here.screen === 'traffic' && here.params.q) amend({q: withToken(here.params.q, 'workspace', one.id)});
    chooseWorkspace(one.id);
    close();
  };
  const onKeyDown = (event) => {
    const moves = {ArrowDown: 1, ArrowUp: -1};
    if (event.key in moves) setAt(Math.max(0, Math.min(found.length - 1, at + moves[event.key])));
    else if (event.key === 'Enter' && found[at]) pick(found[at]);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="picker">
    <button ref=${button} aria-expanded=${open} aria-haspopup="dialog" onClick=${() => setOpen(!open)}>
      <strong>${summary ? summary.scenario : 'no workspace'}</strong>
      <small>${summary ? `${summary.id.slice(0, 11)} ▾` : 'yet ▾'}</small></button>
    ${
      open &&
      html`<div class="sheet" role="dialog" aria-label="Choose the workspace" onKeyDown=${onKeyDown}
        onFocusOut=${(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
        }}>
      <input ref=${input} type="search" aria-label="Filter workspaces" placeholder="scenario, key or id" value=${filter}
        onInput=${(event) => {
          setFilter(event.target.value);
          setAt(0);
        }} />
      <${Rows} count=${found.length} height=${48} max=${384} label="Workspaces" active=${at}
        idOf=${(index) => `pick-${found[index].id}`} onPick=${(index) => pick(found[index])}
        row=${(index) => html`<strong>${found[index].scenario}</strong><small>${found[index].key}</small>`} />
      ${!found.length && html`<p class="second">${state.workspaces.length ? 'none of that name' : 'none yet'}</p>`}
    </div>`
    }
  </div>`;
}

function Top({state}) {
  const {summary} = state;
  const act = (run) => () => currentWorkspace() && run().catch(() => {});
  useKeys({
    '.': {does: 'let 10 s pass', run: act(() => advance({by: '10s'}, '+10 s'))},
    n: {does: 'let time pass until the next event', run: act(() => advance({until: 'next'}, 'next event'))},
    i: {does: 'let time pass until nothing runs', run: act(() => advance({until: 'idle'}, 'until idle'))},
  });
  if (!summary) return html`<header class="top"><${Picker} state=${state} summary=${null} /></header>`;
  const real = summary.clock.mode === 'real';
  return html`<header class="top">
    <${Picker} state=${state} summary=${summary} />
    <${Clock} summary=${summary} />
    <div class="buttons">
      <${Action} run=${() => setClock(real ? {mode: 'manual'} : {mode: 'real', speed: 1})}
        >${real ? '■ stop' : '▶ real'}<//>
      <${Action} hint="." run=${() => advance({by: '10s'}, '+10 s')}>+10 s<//>
      <${Action} hint="n" run=${() => advance({until: 'next'}, 'next event')}>next event<//>
      <${Action} hint="i" main run=${() => advance({until: 'idle'}, 'until idle')}>until idle<//>
    </div>
    <${CreditsBar} credits=${summary.credits} />
  </header>`;
}

function Help({topic}) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  const close = () => amend({help: ''});
  return html`<dialog ref=${dialog} aria-labelledby="help-title" onClose=${close}>
    <h2 id="help-title">${topic === 'search' ? 'What the search knows' : 'Keys'}</h2>
    <dl>${
      topic === 'search'
        ? Object.values(TOKENS).map(
            ({example}) => html`<dt><code>${example}</code></dt><dd>${TOKEN_HELP[example]}</dd>`,
          )
        : allKeys().map(({key, does}) => html`<dt><kbd>${key}</kbd></dt><dd>${does}</dd>`)
    }</dl>
    ${
      topic === 'search' &&
      html`<p class="second">Words are looked for in everything but the reply's body. A minus before
      a term turns it round, quotes keep words together, a star stands for anything.</p>`
    }
    <button class="main" onClick=${() => dialog.current.close()}>close</button>
  </dialog>`;
}

const TOKEN_HELP = {
  'status:4xx': '404, 4xx, >=400, or lost for replies that a fault kept from the client',
  'op:list*': 'the operation',
  'method:post': 'the method',
  'path:/api/external/models': 'the path, without the query',
  'workspace:ws_337ab793': 'the workspace, or the beginning of its id',
  'findings:yes': 'yes, no, or a kind such as unknown-field',
  'rule:slow': 'yes, no, or the name of a rule that took part',
  'fault:yes': 'yes, no, or a kind such as connection-reset',
  'id:req_000042': 'the id in X-Qamera-Mock-Request',
};

function TokenForm() {
  const input = useRef(null);
  useEffect(() => input.current.focus(), []);
  const onSubmit = async (event) => {
    event.preventDefault();
    setToken(input.current.value.trim());
    change({needsToken: false});
    await call('GET', 'health')
      .then(() => refresh({list: true}))
      .catch(() => {});
  };
  return html`<main class="token"><form onSubmit=${onSubmit}>
    <h1>qamera-mock</h1>
    <label
        for="token">This server asks for its admin token (<code>--admin-token</code>). It is kept in this tab.</label>
    <input ref=${input} id="token" type="password" autocomplete="off" required />
    <button class="main">open</button>
  </form></main>`;
}

function App() {
  const state = useStore();
  const {screen, params} = route();
  const room = ROOMS.find(({id}) => id === screen) ?? ROOMS[0];
  useKeys({
    '?': {does: 'show the keys', run: () => amend({help: 'keys'})},
    ...Object.fromEntries(ROOMS.map(({id, label}, index) => [index + 1, {does: label, run: () => go(id)}])),
  });
  useEffect(() => {
    document.title = `${room.label} · qamera-mock`;
    document.querySelector('main')?.scrollTo(0, 0);
    document.querySelector('nav [aria-current]')?.scrollIntoView({block: 'nearest', inline: 'nearest'});
    refresh();
  }, [room]);
  if (state.needsToken) return html`<${TokenForm} />`;
  return html`<div class="frame">
    <${Navigation} state=${state} screen=${room.id} />
    <${Top} state=${state} />
    ${
      state.link === 'lost' &&
      html`<div class="lost" role="alert">The server does not answer. This page tries again by
      itself; what it shows is from before.</div>`
    }
    <main class=${room.id}><${room.screen} key=${room.id} state=${state} params=${params} /></main>
    <div class="notices" role="status">${state.notices.map(
      ({id, text, tone}) => html`<p key=${id} class=${tone}>${text}</p>`,
    )}</div>
    ${params.help && html`<${Help} topic=${params.help} />`}
  </div>`;
}

onTokenNeeded(() => change({needsToken: true}));
listen();
start();
const app = document.getElementById('app');
app.textContent = '';
render(html`<${App} />`, app);

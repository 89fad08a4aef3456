// Workspaces: what each key got, and the calls that make, copy, reset and drop one.

import {html, useMemo, useState} from './preact.js';
import {call, knownKey, rememberKey, SERVER} from './api.js';
import {amend, chooseWorkspace, forgetEntries, go, notify, refresh} from './store.js';
import {Action, attempt, Confirm, CreditsBar, Empty, Lines, Rows, useNarrow} from './parts.js';
import {useKeys} from './keys.js';
import {useScenarios} from './contract.js';
import {clockTime, counted, dateOf, number} from './format.js';

/** Findings by workspace, among the entries that the page holds. */
function useFindings(state) {
  return useMemo(() => {
    const counts = new Map();
    for (const entry of state.entries) {
      const count = entry.findings.length + (entry.operation === null ? 1 : 0);
      if (count) counts.set(entry.workspace, (counts.get(entry.workspace) ?? 0) + count);
    }
    return counts;
  }, [state.entries.length, state.generation]);
}

function Row({one, findings}) {
  return html`<span class="who"><strong>${one.scenario}</strong> <small>${one.key}</small></span>
    <${CreditsBar} credits=${one.credits} />
    <span>${one.pendingJobs ? counted(one.pendingJobs, 'job') : html`<span class="second">no job</span>`}</span>
    <span>${counted(one.requests, 'request')}</span>
    <span class=${findings ? 'warn' : 'second'}>${findings ? counted(findings, 'finding') : 'no finding'}</span>`;
}

export function Workspaces({state, params}) {
  const findings = useFindings(state);
  const [filter, setFilter] = useState('');
  const narrow = useNarrow();
  const wanted = filter.toLowerCase();
  const list = useMemo(
    () =>
      state.workspaces
        .filter((one) =>
          [one.id, one.scenario, one.key, one.state].some((text) => String(text).toLowerCase().includes(wanted)),
        )
        .reverse(),
    [state.workspaces, wanted],
  );
  const index = params.id ? list.findIndex((one) => one.id === params.id) : -1;
  const pick = (next) => {
    const one = list[Math.max(0, Math.min(list.length - 1, next))];
    if (!one) return;
    amend({id: one.id, new: ''});
    chooseWorkspace(one.id);
  };
  useKeys({
    j: {does: 'the next workspace down', run: () => pick(index + 1)},
    k: {does: 'the next one up', run: () => pick(index - 1)},
    '/': {does: 'filter', run: () => document.getElementById('workspace-filter')?.focus()},
    a: {does: 'make a workspace', run: () => amend({new: 'yes', id: ''})},
    Escape: {does: 'close', run: () => amend({id: '', new: ''})},
  });
  const one = list[index];
  return html`<div class=${one || params.new ? 'columns chosen' : 'columns'}>
    <section class="list" aria-label="Workspaces">
      <div class="bar"><div class="search"><input id="workspace-filter" type="search" aria-label="Filter workspaces"
          placeholder="scenario, key, id" value=${filter} onInput=${(event) => setFilter(event.target.value)} /></div>
        <button class="main" onClick=${() => amend({new: 'yes', id: ''})}>new<kbd>a</kbd></button></div>
      ${
        list.length > 0
          ? html`<${Rows} count=${list.length} height=${narrow ? 96 : 64} active=${index} onPick=${pick}
              label="Workspaces"
          idOf=${(i) => list[i].id} row=${(i) => html`<${Row} one=${list[i]}
              findings=${findings.get(list[i].id)} />`} />`
          : state.workspaces.length
            ? html`<${Empty} title="Nothing fits">No workspace is called so.<//>`
            : html`<${Empty} title="No workspace yet"
                text=${`curl -H 'X-Api-Key: mk_live_happy-path.me' ${SERVER}/api/external/products`}
          >Each API key is a sandbox: the first request with one makes its workspace.<//>`
      }
    </section>
    ${params.new ? html`<${Create} />` : one && html`<${Detail} key=${one.id} one=${one}
        findings=${findings.get(one.id)} />`}
  </div>`;
}

function ScenarioSelect({id, value, onChange, none}) {
  const scenarios = useScenarios();
  const chosen = scenarios.find((one) => one.name === value);
  return html`<select id=${id} onChange=${(event) => onChange(event.target.value)}>
      ${none && html`<option value="" selected=${!value}>${none}</option>`}
      ${scenarios.map(({name}) => html`
        <option key=${name} value=${name} selected=${name === value}>${name}</option>`)}</select>
    ${chosen && html`<small>${chosen.description}</small>`}`;
}

const CLOSE = () =>
  html`<div class="close"><button onClick=${() => amend({id: '', new: ''})}>← list<kbd>Esc</kbd></button></div>`;

function Create() {
  const [scenario, setScenario] = useState('');
  const [made, setMade] = useState(null);
  const onSubmit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const number = (name) => (form.get(name) === '' ? undefined : Number(form.get(name)));
    const json = {
      key: form.get('key') || undefined,
      scenario: scenario || undefined,
      credits: number('credits'),
      seed: number('seed'),
      clock: form.get('clock') ? {mode: form.get('clock')} : undefined,
    };
    attempt(async () => {
      const told = await call('POST', 'workspaces', {json});
      rememberKey(told.id, told.key);
      setMade(told);
      await refresh({list: true});
    });
  };
  if (made)
    return html`<section class="detail" aria-label="The new workspace"><${CLOSE} /><${Made} made=${made} /></section>`;
  return html`<section class="detail" aria-label="A new workspace"><${CLOSE} />
    <h2>A new workspace</h2>
    <form class="form" onSubmit=${onSubmit}>
      <label for="new-scenario">scenario</label><div><${ScenarioSelect} id="new-scenario" value=${scenario}
          onChange=${setScenario}
        none="the one that the key names" /></div>
      <label for="new-key">key</label><input id="new-key" name="key" placeholder="made up" autocomplete="off" />
      <label for="new-credits">credits</label><input id="new-credits" name="credits" type="number" min="0"
          placeholder="the scenario’s" />
      <label for="new-seed">seed</label><input id="new-seed" name="seed" type="number" min="0"
          placeholder="the scenario’s" />
      <label for="new-clock">clock</label><select id="new-clock" name="clock"><option value="">the scenario’s</option>
        <option value="real">real</option><option value="manual">manual</option></select>
      <span /><button class="main">make it</button>
    </form></section>`;
}

function Made({made}) {
  return html`<h2>${made.scenario}</h2>
    <p class="second">This is the one time that the server tells the key whole. The tab remembers it.</p>
    <${Lines} what="the key" text=${made.key} />
    <${Lines} text=${`curl -H 'X-Api-Key: ${made.key}' ${SERVER}/api/external/products`} />
    <div class="buttons spaced"><button class="main" onClick=${() => {
      amend({id: made.id, new: ''});
      chooseWorkspace(made.id);
    }}
      >open it</button></div>`;
}

function Detail({one, findings}) {
  const [scenario, setScenario] = useState(one.scenario);
  const [made, setMade] = useState(null);
  const [grant, setGrant] = useState('100');
  const query = {workspace: one.id};
  const path = `workspaces/${encodeURIComponent(one.id)}`;
  const done = async (text) => {
    notify(text);
    await refresh({list: true});
  };
  const key = knownKey(one.id);
  if (made) return html`<section class="detail" aria-label="The copy"><${CLOSE} /><${Made} made=${made} /></section>`;
  const fork = async () => {
    const told = await call('POST', `${path}/fork`);
    rememberKey(told.id, told.key);
    setMade(told);
    await refresh({list: true});
  };
  const reset = async () => {
    await call('POST', 'reset', {query});
    forgetEntries((entry) => entry.workspace === one.id);
    await done('it is back at its start');
  };
  const drop = async () => {
    await call('DELETE', path);
    forgetEntries((entry) => entry.workspace === one.id);
    amend({id: '', ws: ''});
    await done('it is gone; its key begins afresh');
  };
  const counts = Object.entries(one.records)
    .filter(([, count]) => count)
    .map(([name, count]) => `${number(count)} ${name}`);
  const traffic = (q) => go('traffic', {q: `workspace:${one.id}${q}`, ws: one.id});
  return html`<section class="detail" aria-label="Workspace"><${CLOSE} />
    <h2>${one.scenario}</h2>
    <p class="second">${one.id}</p>
    <table class="fields spaced"><tbody>
      <tr><th scope="row">key</th><td>${key || one.key}</td></tr>
      <tr><th scope="row">clock</th><td>${clockTime(one.clock.now)} on ${dateOf(one.clock.now)}, ${
        one.clock.mode === 'manual' ? 'stopped' : one.clock.speed === 1 ? 'real' : `×${one.clock.speed}`
      }</td></tr>
      <tr><th scope="row">credits</th><td><${CreditsBar} credits=${one.credits} /></td></tr>
      <tr><th scope="row">records</th><td>${counts.join(', ') || 'none'}</td></tr>
      <tr><th scope="row">jobs</th><td>${counted(one.pendingJobs, 'pending job')}</td></tr>
      <tr><th scope="row">traffic</th>
        <td>${counted(one.requests, 'request')}, ${counted(findings ?? 0, 'finding')}</td></tr>
      <tr><th scope="row">seed</th><td>${one.seed}</td></tr>
      ${one.state && html`<tr><th scope="row">state</th><td>${one.state}</td></tr>`}
      ${one.maintenance && html`<tr><th scope="row">maintenance</th><td class="warn">everything answers 503</td></tr>`}
    </tbody></table>
    <div class="buttons spaced">
      <button class="main" onClick=${() => traffic('')}>its traffic</button>
      ${findings && html`<button onClick=${() => traffic(' findings:yes')}>its findings</button>`}
      <button onClick=${() => go('clock', {ws: one.id})}>its jobs</button>
      <${Action} run=${fork}>fork<//>
      <${Confirm} run=${reset} question="reset: records, ledger, journal">reset<//>
      <${Confirm} run=${drop} question="drop it for good">drop<//>
    </div>
    <h3><label for="grant">Grant credits</label></h3>
    <form class="buttons" onSubmit=${(event) => {
      event.preventDefault();
      attempt(async () => {
        await call('PATCH', 'credits', {query, json: {grant: Number(grant)}});
        await done(`granted ${number(grant)}`);
      });
    }}><input id="grant" type="number" min="1" required value=${grant}
        onInput=${(event) => setGrant(event.target.value)} />
      <button>grant</button></form>
    <h3><label for="switch">Start over with a scenario</label></h3>
    <div class="switch"><${ScenarioSelect} id="switch" value=${scenario} onChange=${setScenario} />
    <${Confirm} run=${async () => {
      await call('PUT', 'scenario', {query, json: {name: scenario}});
      await done(`it runs ${scenario}`);
    }}
      question=${`start over with ${scenario}`}>switch<//></div>
  </section>`;
}

// Rules: which there are, in the order that they are asked, how often each was near and hit; and new ones.

import {html, useEffect, useState} from './preact.js';
import {call} from './api.js';
import {currentWorkspace, go, notify, refresh} from './store.js';
import {Action, Chip, Confirm, Rows} from './parts.js';
import {useKeys} from './keys.js';
import {useOperations} from './contract.js';
import {counted, number} from './format.js';
import {actionsInWords, conditionsInWords, NEXT, nextRule} from './words.js';
import {JsonEditor} from './editor.js';

const EXAMPLE = `{
  "name": "flaky",
  "when": {"operation": "listImages", "first": 2},
  "respond": {"status": 500}
}`;

function useRules(state, changes) {
  const workspace = currentWorkspace();
  const [told, setTold] = useState(null);
  const mark = `${state.summary?.rules} ${state.summary?.requests} ${state.summary?.state} ${changes}`;
  useEffect(() => {
    if (!workspace) return setTold({rules: [], workspace});
    const stop = new AbortController();
    call('GET', 'rules', {query: {workspace}, signal: stop.signal}).then(
      (reply) => setTold({...reply, workspace}),
      () => {},
    );
    return () => stop.abort();
  }, [workspace, mark]);
  return told?.workspace === workspace ? told : null;
}

function Rule({one, index, remove}) {
  const near = one.matched - one.hits;
  return html`<span class="second">${index + 1}</span>
    <span class="who"><strong>${one.name}</strong>
      <small>${one.added ? `added, ${one.id}` : 'of the scenario'}</small></span>
    <span class="words"><span>${conditionsInWords(one.rule)}</span>
      <span class="second">${actionsInWords(one.rule)}</span></span>
    <span class="hits"><${Chip} tone=${one.hits ? 'good' : 'plain'}>${counted(one.hits, 'hit')}<//>${
      near > 0 &&
      html` <${Chip} tone="plain"
          title="met the conditions, but its number or chance did not come up">${number(near)} near<//>`
    }</span>
    <span>${one.added && html`<${Action} class="small" aria-label=${`remove ${one.name}`}
        run=${() => remove(one)}>remove<//>`}</span>`;
}

export function Rules({state}) {
  const [changes, setChanges] = useState(0);
  const told = useRules(state, changes);
  const operations = useOperations();
  const [operation, setOperation] = useState('registerImages');
  const [everywhere, setEverywhere] = useState(false);
  const [text, setText] = useState('');
  const workspace = currentWorkspace();
  const query = {workspace: everywhere ? undefined : workspace};
  const done = async (says) => {
    notify(says);
    setChanges(changes + 1);
    await refresh();
  };
  const add = async (rule) => {
    await call('POST', 'rules', {query, json: rule});
    await done(`added: ${rule.name}`);
  };
  const remove = async (one) => {
    await call('DELETE', `rules/${encodeURIComponent(one.id)}`, {query: {workspace}});
    await done(`removed: ${one.name}`);
  };
  useKeys({
    a: {does: 'write a rule', run: () => document.getElementById('rule')?.focus()},
    o: {does: 'choose the operation', run: () => document.getElementById('operation')?.focus()},
  });
  const rules = told?.rules ?? [];
  const added = rules.filter((one) => one.added).length;
  return html`<div class="page">
    <section class="next" aria-label="The next call">
      <label for="operation">Next call of</label>
      <select id="operation" onChange=${(event) => setOperation(event.target.value)}>
        ${operations.map(({id}) => html`<option key=${id} value=${id} selected=${id === operation}>${id}</option>`)}
        <option value="*" selected=${operation === '*'}>any operation</option></select>
      <span class="second">gets</span>
      <div class="buttons">${NEXT.map(({label}) => html`<${Action} key=${label}
          run=${() => add(nextRule(label, operation))}>${label}<//>`)}</div>
      <label class="check"><input type="checkbox" checked=${everywhere || !workspace} disabled=${!workspace}
        onChange=${(event) => setEverywhere(event.target.checked)} /> in every workspace</label>
    </section>
    <div class="rules-list">
    ${
      rules.length > 0
        ? html`<${Rows} count=${rules.length} height=${64} max=${512} label="Rules, the first asked first"
            idOf=${(index) => rules[index].id}
        row=${(index) => html`<${Rule} one=${rules[index]} index=${index} remove=${remove} />`} />`
        : html`<p class="second">${
            workspace
              ? `No rule: ${state.summary?.scenario ?? 'the workspace'} answers as the service would.`
              : 'No workspace yet: a rule for every workspace holds for those to come.'
          } A click above adds one.</p>`
    }</div>
    <p class="second spaced">
      ${rules.length > 0 && 'The first that fits wins, for each of: reply, patch, delay, fault. '}
      ${told?.state && html`The script’s state is <strong>${told.state}</strong>.`}</p>
    <div class="buttons">${
      added > 0 &&
      html`<${Confirm} question=${`remove ${counted(added, 'added rule')}`}
        run=${async () => {
          await call('DELETE', 'rules', {query: {workspace}});
          await done('the added rules are gone');
        }}
        >remove all added<//>`
    }
      ${rules.length > 0 && html`<button
          onClick=${() => go('traffic', {q: `workspace:${workspace} rule:yes`})}>what they acted on</button>`}</div>
    <h2 class="sub">Add a rule</h2>
    <${JsonEditor} id="rule" label=${'A rule, or {"rules": [...]}, as in a scenario file'} value=${text}
        onChange=${setText}
      placeholder=${EXAMPLE} action="add it" run=${async (json) => {
        await call('POST', 'rules', {query, text: json});
        setText('');
        await done('added');
      }}><button onClick=${() => setText(EXAMPLE)}>an example</button><//>
  </div>`;
}

// Check: is my client conformant? One verdict for a workspace, what speaks against it, and expectations to run.

import {html, useEffect, useState} from './preact.js';
import {call} from './api.js';
import {change, currentWorkspace, go} from './store.js';
import {Chip, Empty} from './parts.js';
import {useKeys} from './keys.js';
import {counted, number} from './format.js';
import {JsonEditor} from './editor.js';

const EXAMPLE = JSON.stringify(
  {
    expect: [
      {name: 'one shoot', count: {operation: 'registerImages', status: 200, exactly: 1}},
      {pollInterval: {operation: 'listImages', atLeast: '1s'}},
      {retries: {operation: 'registerImages', atMost: 3, delayAtLeast: '1s'}},
      {noFindings: true},
      {noUnmatched: true},
      {ledger: {reserved: 0}},
    ],
  },
  null,
  2,
);

/** The findings report, asked for again with every request of the workspace. */
function useReport(state) {
  const workspace = currentWorkspace();
  const [told, setTold] = useState(null);
  const mark = `${workspace} ${state.summary?.requests} ${state.generation}`;
  useEffect(() => {
    if (!workspace) return undefined;
    const stop = new AbortController();
    call('GET', 'findings', {query: {workspace}, signal: stop.signal}).then(
      (reply) => setTold({...reply, workspace}),
      () => {},
    );
    return () => stop.abort();
  }, [mark]);
  return told?.workspace === workspace ? told : null;
}

/** `{tone, title, text}`: conformant, not, or not to be told. */
export function verdictOf(report, requests) {
  const wrong = report.findings + report.unmatched;
  if (wrong) {
    const parts = [
      report.findings && counted(report.findings, 'finding'),
      report.unmatched && `${counted(report.unmatched, 'request')} that reached no operation`,
    ].filter(Boolean);
    return {tone: 'bad', title: 'Not conformant', text: `${parts.join(' and ')} in what the journal holds.`};
  }
  if (report.evicted) {
    return {
      tone: 'warn',
      title: 'Inconclusive',
      text: `Nothing was found, but ${counted(
        report.evicted,
        'older entry',
        'older entries',
      )} left the journal unjudged. Clear it and run the client again.`,
    };
  }
  if (!requests)
    return {tone: 'plain', title: 'Nothing to judge yet', text: 'No request of this workspace is in the journal.'};
  return {
    tone: 'good',
    title: 'Conformant',
    text: `${counted(requests, 'request')}, and nothing that the documentation lacks.`,
  };
}

function Verdict({state, report}) {
  const {tone, title, text} = verdictOf(report, state.summary?.requests ?? 0);
  return html`<div class=${`verdict ${tone}`}><h2>${title}</h2><p>${text}</p></div>`;
}

function Groups({report}) {
  const open = (id) => go('traffic', {id, q: `workspace:${currentWorkspace()}`});
  return html`
    ${report.groups.map(
      ({operation, kind, count, example}) => html`<div class="group" key=${`${operation} ${kind}`}>
      <strong>${operation ?? 'no operation'}</strong> <${Chip} tone="warn">${kind}<//> <span
          class="second">${number(count)}×</span>
      <p><code>${example.pointer}</code> ${example.message}</p>
      <p class="second">for example <button class="quiet"
          onClick=${() => open(example.id)}>${example.id}</button> ${example.request}</p>
    </div>`,
    )}
    ${report.unmatchedRequests.map(
      ({request, count, status, example}) => html`<div class="group" key=${request}>
      <strong>${request}</strong> <${Chip} tone="bad">no operation<//> <span
          class="second">${number(count)}×, answered ${status}</span>
      <p class="second">for example <button class="quiet" onClick=${() => open(example)}>${example}</button></p></div>`,
    )}
    ${report.ungrouped > 0 && html`<p class="second">and ${number(report.ungrouped)} more, of other groups</p>`}`;
}

const VERDICTS = {passed: 'good', failed: 'bad', inconclusive: 'warn'};

function Result({result}) {
  const kind = Object.keys(result.expectation).find((name) => name !== 'name');
  return html`<div class=${`why ${VERDICTS[result.verdict]}`}>
    <p><strong class=${VERDICTS[result.verdict]}>${result.verdict}</strong>
      ${` #${result.index + 1} ${kind} ${result.name ? `“${result.name}”` : ''}`}</p>
    ${
      result.verdict !== 'passed' &&
      html`
      <p class="pre"><span class="second">expected</span> ${result.expected}</p>
      <p class="pre"><span class="second">seen</span> ${result.seen}</p>`
    }
    ${result.reason && html`<p class="pre second">${result.reason}</p>`}
    ${(result.requests ?? []).map(
      ({id, request}) => html`<p key=${id}><button class="quiet"
      onClick=${() => go('traffic', {id})}>${id}</button> ${request}</p>`,
    )}
    ${result.nearest?.length > 0 && html`<p class="second">nearest requests</p>`}
    ${(result.nearest ?? []).map((miss, index) => html`<${Nearest} key=${index} miss=${miss} />`)}
    ${
      result.wouldHaveMatched &&
      html`<p class="second">this pattern would have matched the nearest:</p>
      <pre class="url">${JSON.stringify(result.wouldHaveMatched)}</pre>`
    }
  </div>`;
}

function Nearest({miss}) {
  const id = miss.id ?? miss.request?.id;
  const request =
    typeof miss.request === 'string' ? miss.request : `${miss.request?.method ?? ''} ${miss.request?.url ?? ''}`;
  return html`<div><p>${id && html`<button class="quiet"
      onClick=${() => go('traffic', {id})}>${id}</button>`} ${request}</p>
    <ul class="misses">${(miss.differences ?? []).map(
      ({pointer, expected, actual}) => html`
      <li key=${pointer}><code>${pointer}</code> expected ${expected}, was ${actual}</li>`,
    )}</ul></div>`;
}

export function Check({state}) {
  const report = useReport(state);
  const [verdict, setVerdict] = useState(null);
  const text = state.draft?.text ?? '';
  const workspace = currentWorkspace();
  useKeys({a: {does: 'write expectations', run: () => document.getElementById('expectations')?.focus()}});
  const run = async (json) => {
    setVerdict(null);
    setVerdict(
      await call('POST', 'verify', {query: {workspace}, text: json, accept: [409, 422]}).then((reply) => {
        if (reply.verdict) return reply;
        throw Object.assign(new Error(String(reply.error)), {status: 422, pointer: reply.pointer});
      }),
    );
  };
  return html`<div class="page check-page">
    ${
      !workspace
        ? html`<${Empty} title="Nothing to judge yet">Check judges the requests of a workspace. Send some first.<//>`
        : report
          ? html`<${Verdict} state=${state} report=${report} /><${Groups} report=${report} />`
          : html`<p class="second">asking …</p>`
    }
    <h3>Expectations</h3>
    <${JsonEditor} id="expectations" label="What the client should have sent, as POST /__admin/verify takes it"
        rows=${12}
      value=${text} onChange=${(next) => change({draft: {text: next}})} placeholder=${EXAMPLE} action="run" run=${run}
      ><button onClick=${() => change({draft: {text: EXAMPLE}})}>an example</button><//>
    <div role="status">${
      verdict &&
      html`<p class=${`spaced ${VERDICTS[verdict.verdict]}`}><strong>${verdict.verdict}</strong>:
      ${' '}${verdict.passed} passed, ${verdict.failed} failed, ${verdict.inconclusive} inconclusive, of ${counted(
        verdict.window.entries,
        'request',
      )}</p>`
    }</div>
    ${verdict?.results.map((result) => html`<${Result} key=${result.index} result=${result} />`)}
  </div>`;
}

// One exchange: why it got this reply comes first, then what was sent and answered, then what to do with it.

import {html, useEffect, useMemo, useState} from './preact.js';
import {call, knownKey, send, SERVER} from './api.js';
import {amend, change, chooseWorkspace, currentWorkspace, go, notify, state as page} from './store.js';
import {Action, attempt, Chip, Confirm, copyText, Tabs} from './parts.js';
import {useKeys} from './keys.js';
import {useOperations} from './contract.js';
import {asCurl, asExpectation, asFetch, asHar, asPython, fields, givenHeaders} from './copy.js';
import {clockTime, counted, dateOf, micros, span} from './format.js';
import {differences} from './json.js';
import {bodyOf, toneOf, why} from './why.js';
import {isLost} from './search.js';
import {Body} from './body.js';

const TABS = [
  {id: 'bodies', label: 'Request and reply'},
  {id: 'headers', label: 'Headers'},
  {id: 'rules', label: 'Rules and draws'},
  {id: 'compare', label: 'Compare'},
];

/** The whole entry, which the list does not hold; what it does hold until that is there. */
function useEntry(entry) {
  const [whole, setWhole] = useState(entry);
  const [gone, setGone] = useState('');
  useEffect(() => {
    const stop = new AbortController();
    call('GET', `requests/${encodeURIComponent(entry.id)}`, {signal: stop.signal}).then(setWhole, (error) => {
      if (error.name !== 'AbortError') setGone(error.message);
    });
    return () => stop.abort();
  }, [entry.id]);
  return [whole, gone];
}

function useRules(entry) {
  const [rules, setRules] = useState([]);
  useEffect(() => {
    if (!entry.workspace || !(entry.rule || entry.fault)) return;
    call('GET', 'rules', {query: {workspace: entry.workspace}}).then(
      (reply) => setRules(reply.rules),
      () => {},
    );
  }, [entry.id, entry.rule, entry.fault]);
  return rules;
}

export function Exchange({entry: listed, state, params}) {
  const [entry, gone] = useEntry(listed);
  const rules = useRules(entry);
  const [tab, setTab] = useState('bodies');
  const [target, setTarget] = useState(null);
  const there = entry.request !== undefined;
  const options = {server: SERVER, key: knownKey(entry.workspace)};
  const curl = () => copyText(asCurl(entry, options), 'as curl');
  const expectation = async () => {
    const one = asExpectation(entry);
    const text = page.draft?.text ?? '';
    let expect = [];
    try {
      expect = JSON.parse(text).expect ?? [];
    } catch {
      /* nothing that could be added to */
    }
    change({draft: {text: JSON.stringify({expect: [...expect, one]}, null, 2)}});
    await copyText(JSON.stringify({expect: [one]}, null, 2), 'as expectation; it stands in Check too');
  };
  useKeys(
    there
      ? {
          c: {does: 'copy the exchange as curl', run: curl},
          e: {does: 'copy it as expectation', run: expectation},
          s: {does: 'side by side', run: () => amend({wide: params.wide ? '' : 'yes'})},
        }
      : {},
  );
  if (!there) {
    return html`<section class="detail" aria-label="Exchange"><${Close} /><p
        class="second">${gone || 'asking …'}</p></section>`;
  }
  const goTo = (pointer) => {
    setTab(pointer.startsWith('/headers') ? 'headers' : 'bodies');
    setTarget({pointer: pointer.replace(/^\/body/, ''), of: pointer, response: false});
  };
  return html`<section class="detail" aria-label="Exchange">
    <${Close} wide=${params.wide} />
    <h2>${entry.request.method} ${entry.operation ?? entry.request.path} · <span class=${toneOf(entry)}>${
      isLost(entry) ? 'reply lost' : entry.response.status
    }</span></h2>
    <p class="second">${entry.id} · ${clockTime(entry.at, 3)} on ${dateOf(entry.at)} · ${micros(entry.durationMicros)}
      ${
        entry.workspace &&
        entry.workspace !== currentWorkspace() &&
        html` · <button class="quiet"
        onClick=${() => chooseWorkspace(entry.workspace)}>look at ${entry.workspace.slice(0, 11)}</button>`
      }</p>
    <${Why} entry=${entry} rules=${rules} goTo=${goTo} />
    <${Tabs} label="Parts of the exchange" tabs=${TABS} chosen=${tab} onChoose=${setTab} />
    <div role="tabpanel" aria-labelledby=${`tab-${tab}`}>
      ${tab === 'bodies' && html`<${Bodies} entry=${entry} gone=${gone} target=${target} />`}
      ${tab === 'headers' && html`<${HeaderTables} entry=${entry} target=${target} />`}
      ${tab === 'rules' && html`<${RulesAndDraws} entry=${entry} rules=${rules} />`}
      ${tab === 'compare' && html`<${Compare} entry=${entry} state=${state} />`}
    </div>
    <div class="buttons">
      <button onClick=${curl}>copy as curl<kbd>c</kbd></button>
      <button onClick=${() => copyText(asFetch(entry, options), 'as fetch')}>as fetch</button>
      <button onClick=${() => copyText(asPython(entry, options), 'as Python')}>as Python</button>
      <button onClick=${() => copyText(asHar(entry, options), 'as HAR')}>as HAR</button>
      <button class="main" onClick=${expectation}>as expectation<kbd>e</kbd></button>
      <${SendAgain} entry=${entry} />
    </div>
    <${Made} entry=${entry} />
  </section>`;
}

function Close({wide}) {
  return html`<div class="close"><button onClick=${() => amend({id: '', wide: ''})}>← list<kbd>Esc</kbd></button>
    <button class="widen" aria-pressed=${Boolean(wide)} onClick=${() => amend({wide: wide ? '' : 'yes'})}
      >side by side<kbd>s</kbd></button></div>`;
}

function Why({entry, rules, goTo}) {
  const {sentence, advice} = why(entry, rules);
  const documentation = useOperations().find((one) => one.id === entry.operation)?.description;
  const tone = entry.findings.length && toneOf(entry) === 'good' ? 'warn' : toneOf(entry);
  return html`<div class=${`why ${tone}`}>
    <p><strong>Why ${isLost(entry) ? 'no reply' : entry.response.status}</strong>: ${sentence}.</p>
    ${advice && html`<p>${advice}</p>`}
    ${entry.findings.map(
      ({kind, pointer, message}) => html`<p class="finding">
      <${Chip} tone="warn" title=${`go to ${pointer}`} onClick=${() => goTo(pointer)}>${kind}<//>
      <code>${pointer}</code> ${message}</p>`,
    )}
    ${documentation && html`<p class="second">${documentation}</p>`}
  </div>`;
}

function Query({entry, target}) {
  const pairs = fields(entry.request.query);
  if (!pairs.length) return null;
  const wrong = new Set(entry.findings.map((finding) => finding.pointer));
  return html`<${Fields} label="Query" pairs=${pairs} isFound=${(name) => wrong.has(`/query/${name}`)}
    isTarget=${(name) => target?.of === `/query/${name}`} />`;
}

function Fields({label, pairs, isFound = () => false, isTarget = () => false}) {
  return html`<table class="fields"><caption>${label}</caption><tbody>${pairs.map(
    ([name, value], index) => html`
    <tr key=${index} class=${`${isFound(name) ? 'found' : ''} ${isTarget(name) ? 'hit' : ''}`}>
      <th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table>`;
}

function Bodies({entry, gone, target}) {
  const pointers = entry.findings.filter((one) => one.pointer.startsWith('/body')).map((one) => one.pointer.slice(5));
  const inReply = (one) => one.kind === 'response-breach';
  const ofReply = entry.findings.filter(inReply).map((one) => one.pointer.slice(5));
  return html`<div class="bodies">
    <div><h3>Request</h3><p class="url">${entry.request.method} ${entry.request.url}</p>
      <${Query} entry=${entry} target=${target} />
      <${Body} message=${entry.request} title="request body" pointers=${pointers} target=${target} /></div>
    <div><h3>Reply</h3>${gone && html`<p class="second">${gone}</p>`}
      ${isLost(entry) && html`<p class="second">The client did not get this whole: ${entry.fault}.</p>`}
      <${Body} message=${entry.response} title="reply body" pointers=${ofReply}
        target=${entry.findings.some((one) => inReply(one) && one.pointer === target?.of) ? target : null} /></div>
  </div>`;
}

function HeaderTables({entry, target}) {
  const isTarget = (name) => target?.of.toLowerCase() === `/headers/${name.toLowerCase()}`;
  return html`<div class="bodies">
    <${Fields} label="Request headers" pairs=${fields(entry.request.headers)} isTarget=${isTarget} />
    <${Fields} label=${`Reply headers (${entry.response.status})`} pairs=${fields(entry.response.headers)} />
  </div>`;
}

function RulesAndDraws({entry, rules}) {
  const names = entry.rule ? entry.rule.split(', ') : [];
  if (!names.length && !entry.fault && !entry.draws) {
    return html`<p class="second">No scripted rule took part, and nothing was drawn.</p>`;
  }
  return html`
    ${names.map((name) => {
      const rule = rules.find((one) => one.name === name);
      return html`<h3>${name}</h3>${
        rule
          ? html`<${Body} message=${{body: JSON.stringify(rule.rule)}} title=${`rule ${name}`} />`
          : html`<p class="second">no longer among the rules</p>`
      }`;
    })}
    ${entry.fault && html`<p>Fault on the wire: <strong>${entry.fault}</strong></p>`}
    ${entry.draws && html`<h3>Drawn from the seed</h3><${Body} message=${{body: JSON.stringify(entry.draws)}}
        title="draws" />`}`;
}

/** What two exchanges are compared by. */
function comparable(entry) {
  const part = (message, more) => ({
    ...more,
    headers: message.headers,
    body: bodyOf(message) ?? message.body ?? null,
  });
  const {request, response} = entry;
  return {
    request: part(request, {method: request.method, path: request.path, query: request.query}),
    reply: part(response, {status: response.status}),
  };
}

function Compare({entry, state}) {
  const before = state.entries.findLast(
    (one) => one.sequence < entry.sequence && one.operation === entry.operation && one.workspace === entry.workspace,
  );
  const marked = state.entries.find((one) => one.id === state.compare && one.id !== entry.id);
  const other = marked ?? before;
  const [whole, setWhole] = useState(null);
  useEffect(() => {
    setWhole(null);
    if (other) call('GET', `requests/${encodeURIComponent(other.id)}`).then(setWhole, () => setWhole(other));
  }, [other?.id]);
  const found = useMemo(() => whole && differences(comparable(whole), comparable(entry)), [whole, entry]);
  const mark = html`<button onClick=${() => {
    change({compare: entry.id});
    notify(`others are compared with ${entry.id}`);
  }}
    >compare others with this one</button>`;
  if (!other)
    return html`<p class="second">There is no earlier request of this operation to compare with.</p>${mark}`;
  return html`<p>${marked ? 'With' : 'With the one before it,'} <button class="quiet"
      onClick=${() => amend({id: other.id})}>${other.id}</button> ${other.request.method} ${other.request.url}</p>
    ${found && !found.length && html`<p class="second">Nothing differs.</p>`}
    ${
      found?.length > 0 &&
      html`<table class="differences"><thead><tr><th>where</th><th>${other.id}</th><th>${entry.id}</th>
      </tr></thead><tbody>${found.slice(0, 200).map(
        ({pointer, a, b}) => html`<tr key=${pointer}>
        <th scope="row"><code>${pointer}</code></th><td>${a ?? '—'}</td><td>${b ?? '—'}</td></tr>`,
      )}</tbody></table>
      ${found.length > 200 && html`<p class="second">and ${found.length - 200} more</p>`}`
    }
    ${mark}`;
}

function SendAgain({entry}) {
  const {method, url, headers, body, bodyEncoding, bodyTruncated} = entry.request;
  const run = () =>
    attempt(async () => {
      if (!entry.workspace) {
        // No key that is known was sent: it is sent as it was.
        const plain = fields(headers).filter(
          ([name]) => !/^(host|content-length|connection|user-agent)$/i.test(name),
        );
        const reply = await fetch(new URL(url, `${SERVER}/`), {method, headers: plain, body: body || undefined});
        amend({id: reply.headers.get('X-Qamera-Mock-Request') ?? ''});
        return;
      }
      const reply = await send(entry.workspace, {method, url, headers: givenHeaders(headers), body, bodyEncoding});
      notify(reply.lost ? `sent again: ${reply.reason}` : `sent again: ${reply.status}`);
      if (reply.id) amend({id: reply.id});
    });
  const rest = {
    disabled: bodyTruncated,
    title: bodyTruncated ? 'the journal does not hold the whole body' : undefined,
  };
  if (!entry.upstream) return html`<${Action} run=${run} ...${rest}>send again<//>`;
  return html`<${Confirm} run=${run} ...${rest} question=${`send to ${entry.upstream}`}>send again<//>`;
}

/** The records that a registration made, and how their jobs stand. */
function Made({entry}) {
  const body = bodyOf(entry.response);
  const ids = Array.isArray(body?.createdRecordIds) ? body.createdRecordIds.map(String) : [];
  const [jobs, setJobs] = useState(null);
  const pending = page.summary?.pendingJobs;
  useEffect(() => {
    if (!ids.length || !entry.workspace) return;
    call('GET', 'jobs', {query: {workspace: entry.workspace}}).then(setJobs, () => {});
  }, [entry.id, pending, ids.length]);
  if (!ids.length) return null;
  const job = new Map((jobs?.jobs ?? []).map((one) => [one.record, one]));
  const left = ids
    .map((id) => job.get(id))
    .filter((one) => one?.dueAt)
    .map((one) => Date.parse(one.dueAt) - Date.parse(jobs.now));
  const spans = left.length
    ? `due in ${span(Math.min(...left))}${left.length > 1 ? ` to ${span(Math.max(...left))}` : ''}`
    : '';
  return html`<h3>The ${counted(ids.length, 'record')} it made</h3>
    <p class="made">${ids.slice(0, 12).map(
      (id) => html`<${Chip} tone=${job.has(id) ? 'run' : 'plain'}
      onClick=${() => go('records', {ws: entry.workspace, find: id})}>${id}${job.has(id) ? ' INPROGRESS' : ''}<//> `,
    )}</p>
    <p class="second">${[
      ids.length > 12 && `and ${ids.length - 12} more`,
      body.batchId && String(body.batchId),
      spans,
    ]
      .filter(Boolean)
      .join(' · ')}</p>`;
}

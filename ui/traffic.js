// Traffic: the journal as it grows, newest first, and the exchange that was chosen beside it.

import {html, useEffect, useMemo, useRef, useState} from './preact.js';
import {call, SERVER} from './api.js';
import {amend, forgetEntries, refresh} from './store.js';
import {Chip, Confirm, Empty, Rows, useNarrow} from './parts.js';
import {useKeys} from './keys.js';
import {clockTime, number} from './format.js';
import {isLost, matcher, tokenOf} from './search.js';
import {chips, toneOf} from './why.js';
import {Exchange} from './exchange.js';

/** The entries that a query asks for, oldest first. What came since the last look is all that is looked at. */
function useMatches(state, query, until) {
  const memory = useRef({list: [], query: null, generation: -1, looked: 0});
  const kept = memory.current;
  if (kept.query !== query || kept.generation !== state.generation || kept.looked > state.entries.length) {
    memory.current = {list: [], query, generation: state.generation, looked: 0};
  }
  const now = memory.current;
  const matches = useMemo(() => matcher(query), [query]);
  for (; now.looked < state.entries.length; now.looked++) {
    const entry = state.entries[now.looked];
    if (matches(entry)) now.list.push(entry);
  }
  if (until === null) return now.list;
  return now.list.filter((entry) => entry.sequence <= until);
}

function Row({entry, narrow}) {
  const {request, response} = entry;
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?') + 1) : '';
  return html`
    <span class="time">${clockTime(entry.at, 1)}</span>
    <span class=${`status ${toneOf(entry)}`}>${
      isLost(entry) ? html`<span aria-label="reply lost" role="img">—</span>` : response.status
    }</span>
    <span class="method">${request.method}</span>
    <span class="what"><strong>${entry.operation ?? '—'}</strong> <span>${
      entry.operation ? query : request.url
    }</span></span>
    <span class="chips">${chips(entry)
      .slice(0, narrow ? 1 : 2)
      .map(({text, tone}) => html`<${Chip} tone=${tone}>${text}<//>`)}</span>`;
}

function Search({query, input}) {
  const [text, setText] = useState(query);
  const timer = useRef(0);
  useEffect(() => setText(query), [query]);
  const onInput = (event) => {
    const value = event.target.value;
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => amend({q: value}), 120);
  };
  return html`<div class="search"><input ref=${input} type="search" aria-label="Search the traffic" spellcheck="false"
      placeholder="words, status:4xx, op:listImages, findings:yes" value=${text} onInput=${onInput} />
    <button class="quiet" aria-label="What the search knows" onClick=${() => amend({help: 'search'})}>?</button></div>`;
}

export function Traffic({state, params}) {
  const query = params.q ?? '';
  const [until, setUntil] = useState(null); // paused: the last sequence number shown
  const list = useMatches(state, query, until);
  const at = (index) => list[list.length - 1 - index];
  const narrow = useNarrow();
  const search = useRef(null);
  const index = useMemo(() => {
    if (!params.id) return -1;
    const found = list.findLastIndex((entry) => entry.id === params.id);
    return found < 0 ? -1 : list.length - 1 - found;
  }, [params.id, list.length, query, until, state.generation]);
  const pick = (next) => {
    if (list.length) amend({id: at(Math.max(0, Math.min(list.length - 1, next))).id});
  };
  const newest = state.entries[state.entries.length - 1]?.sequence ?? 0;
  const waiting = until === null ? 0 : state.entries.filter((entry) => entry.sequence > until).length;
  const pause = () => setUntil(until === null ? newest : null);
  const workspace = state.workspaces.find((one) => one.id === tokenOf(query, 'workspace'))?.id;
  const clear = async () => {
    await call('DELETE', 'requests', {query: {workspace}});
    forgetEntries((entry) => !workspace || entry.workspace === workspace);
    amend({id: ''});
    await refresh();
  };
  useKeys({
    j: {does: 'the next exchange down', run: () => pick(index + 1)},
    k: {does: 'the next one up', run: () => pick(index < 0 ? 0 : index - 1)},
    '/': {does: 'search', run: () => search.current.focus()},
    p: {does: 'pause and go on', run: pause},
    Escape: {does: 'close the exchange', run: () => amend({id: '', wide: ''})},
  });
  const chosen = params.id ? (state.entries.find((entry) => entry.id === params.id) ?? {id: params.id}) : null;
  const shape = chosen ? (params.wide ? 'columns wide' : 'columns chosen') : 'columns';
  return html`<div class=${shape}>
    <section class="list" aria-label="Requests">
      <div class="bar">
        <${Search} query=${query} input=${search} />
        <button aria-pressed=${until !== null} onClick=${pause}>${
          until === null ? 'pause' : waiting ? `${number(waiting)} new` : 'go on'
        }<kbd>p</kbd></button>
        <${Confirm} run=${clear} disabled=${!state.entries.length}
          question=${workspace ? 'clear this workspace’s journal' : 'clear the whole journal'}>clear<//>
      </div>
      ${
        state.missed > 0 &&
        html`<p class="second pad">${number(state.missed)} older entries were evicted from the
        journal.</p>`
      }
      ${
        list.length > 0 &&
        html`<div class="head" aria-hidden="true"><span>virtual time</span><span>status</span>
        <span /><span>operation</span><span>${
          query ? `${number(list.length)} of ${number(state.entries.length)}` : ''
        }</span>
      </div>`
      }
      ${
        list.length > 0
          ? html`<${Rows} count=${list.length} height=${narrow ? 58 : 36} active=${index} onPick=${pick}
              label="Requests"
            idOf=${(i) => at(i).id} row=${(i) => html`<${Row} entry=${at(i)} narrow=${narrow} />`} />`
          : state.entries.length
            ? html`<${Empty} title="Nothing fits"
            >No request is what the search asks for. <button onClick=${() => amend({q: ''})}>show all</button><//>`
            : html`<${Empty} title="No request yet"
                text=${`curl -H 'X-Api-Key: mk_live_happy-path.me' ${SERVER}/api/external/products`}
            >Point a client at ${SERVER} with a key of its own, or begin with this line:<//>`
      }
    </section>
    ${chosen && html`<${Exchange} key=${chosen.id} entry=${chosen} state=${state} params=${params} />`}
  </div>`;
}

// Records: what the listings show, as pictures, and the votes on them by the product's own call.

import {html, useEffect, useMemo, useRef, useState} from './preact.js';
import {call, send, SERVER} from './api.js';
import {amend, currentWorkspace, notify, refresh, virtualNow} from './store.js';
import {Action, Chip, Empty, Rows, useNarrow} from './parts.js';
import {useKeys} from './keys.js';
import {counted, number, span} from './format.js';

const PAGE = 1000; // the most that a call gives
const CARD_WIDTH = 400; // pixels: a card on a screen of twice the density
const COLLECTIONS = ['images', 'models', 'sceneries', 'packshots', 'videos', 'products', 'presets'];
const VOTED_ON = new Set(['image', 'packshot']);
const TONES = {DONE: 'good', FAILED: 'bad', INPROGRESS: 'warn', UPLOADED: 'plain'};

/** The address of a picture or video, where this server itself has it: the page asks no other one for anything. */
export function ownUrl(text) {
  if (!text) return '';
  try {
    const url = new URL(text, `${SERVER}/`);
    return url.origin === location.origin ? url.href : '';
  } catch {
    return '';
  }
}

/** The same of a picture, as wide as a card needs it where the server draws it. */
function cardUrl(text) {
  const address = ownUrl(text);
  if (!address) return '';
  const url = new URL(address);
  if (url.pathname.startsWith('/assets/')) url.searchParams.set('w', CARD_WIDTH);
  return url.href;
}

/**
 * The records of a collection, oldest first. A page is asked for again when a record in it may have changed: it holds
 * one in progress, or was voted on; the last one always.
 */
function useRecords(state, collection, voted) {
  const workspace = currentWorkspace();
  const [told, setTold] = useState({of: '', records: []});
  const cache = useRef({of: '', pages: []});
  const {summary} = state;
  const of = `${workspace} ${collection}`;
  const mark = summary && `${summary.records[collection]} ${summary.pendingJobs} ${summary.requests} ${voted}`;
  useEffect(() => {
    if (!workspace || !summary) return undefined;
    const stop = new AbortController();
    if (cache.current.of !== of) cache.current = {of, pages: []};
    const {pages} = cache.current;
    const ask = async (index) => {
      const reply = await call('GET', 'records', {
        query: {workspace, collection, offset: String(index * PAGE), limit: String(PAGE)},
        signal: stop.signal,
      });
      pages[index] = reply.records;
      return reply.total;
    };
    const load = async () => {
      let total = Infinity;
      for (let index = 0; index * PAGE < total; index++) {
        const page = pages[index];
        const settled =
          page?.length === PAGE &&
          index < pages.length - 1 &&
          !page.dirty &&
          page.every((record) => record.status !== 'INPROGRESS');
        if (!settled) {
          total = await ask(index);
          pages.length = Math.min(pages.length, Math.max(1, Math.ceil(total / PAGE)));
          setTold({of, records: pages.flat()});
        }
      }
    };
    load().catch(() => {});
    return () => stop.abort();
  }, [of, mark]);
  const touch = (id) => {
    for (const page of cache.current.pages) if (page.some((record) => record.id === id)) page.dirty = true;
  };
  return [told.of === of ? told.records : null, touch];
}

function useDue(state) {
  const workspace = currentWorkspace();
  const [due, setDue] = useState(new Map());
  const pending = state.summary?.pendingJobs ?? 0;
  useEffect(() => {
    if (!pending) return setDue(new Map());
    call('GET', 'jobs', {query: {workspace}}).then(
      ({jobs}) => setDue(new Map(jobs.map((job) => [job.record, job.dueAt ? Date.parse(job.dueAt) : NaN]))),
      () => {},
    );
    return undefined;
  }, [workspace, pending, state.summary?.clock.now]);
  return due;
}

function Picture({record}) {
  const [failed, setFailed] = useState('');
  const video = ownUrl(record.videoUrl);
  const picture = cardUrl(record.thumbnail);
  if (record.status === 'INPROGRESS' || record.status === 'FAILED')
    return html`<div class="picture waits" aria-hidden="true" />`;
  if (video && failed !== video) {
    return html`<video class="picture" controls preload="none" poster=${picture || undefined} src=${video}
      aria-label=${record.name || record.id} onError=${() => setFailed(video)} />`;
  }
  if (picture && failed !== picture) {
    return html`<img class="picture" loading="lazy" src=${picture} alt=${record.name || record.id}
        onError=${() => setFailed(picture)} />`;
  }
  // No picture of this server: a ground of the record's own, so that one is told from another.
  let hash = 0;
  for (const letter of record.id) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  const hue = (Math.imul(hash, 2654435761) >>> 0) % 360; // neighbours far apart
  return html`<div class="picture drawn" style=${{
    background: `linear-gradient(135deg, hsl(${hue} 45% 42%), hsl(${(hue + 50) % 360} 50% 30%))`,
  }}><span>${record.id}</span></div>`;
}

function standing(record, due) {
  if (record.status === 'INPROGRESS') {
    const at = due.get(record.id);
    return at === undefined
      ? ''
      : Number.isNaN(at)
        ? 'no end of its own'
        : `${span(Math.max(0, at - virtualNow()))} left`;
  }
  if (record.archived) return 'archived';
  if (record.status === 'FAILED') return 'refunded';
  return record.voting ?? (VOTED_ON.has(record.kind) ? 'not voted' : record.kind);
}

function presetText({name, guidelines, quantityGuidelines, qualityGuidelines}) {
  return [name, guidelines, quantityGuidelines, qualityGuidelines].filter(Boolean).join('\n');
}

function Card({record, due, vote}) {
  const votes = VOTED_ON.has(record.kind) && record.status === 'DONE';
  return html`<article class=${`card ${record.archived ? 'archived' : ''}`}>
    ${
      record.kind === 'preset'
        ? html`<p class="picture preset">${presetText(record)}</p>`
        : html`<${Picture} record=${record} />`
    }
    <div class="line"><span class="name" title=${record.name}>${record.id}</span>
      ${record.kind !== 'preset' && html`<${Chip} tone=${TONES[record.status]}>${record.status}<//>`}</div>
    <div class="line second"><span>${standing(record, due)}</span>
      ${
        votes &&
        html`<span class="votes">
        <${Action} class="small" aria-label=${`approve ${record.id}`} title="approve"
            run=${() => vote(record, 'APPROVED')}>✓<//>
        <${Action} class="small" aria-label=${`reject ${record.id}`} title="reject"
            run=${() => vote(record, 'REJECTED')}>✕<//>
      </span>`
      }</div>
  </article>`;
}

export function Records({state, params}) {
  const collection = COLLECTIONS.includes(params.collection) ? params.collection : 'images';
  const [voted, setVoted] = useState(0);
  const [records, touch] = useRecords(state, collection, voted);
  const due = useDue(state);
  const [archived, setArchived] = useState(false);
  const narrow = useNarrow();
  const box = useRef(null);
  const [columns, setColumns] = useState(5);
  useEffect(() => {
    if (!box.current) return undefined;
    const observer = new ResizeObserver(([{contentRect}]) =>
      setColumns(Math.max(2, Math.floor(contentRect.width / 200))),
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [Boolean(state.summary)]);
  const wanted = (params.find ?? '').toLowerCase();
  const shown = useMemo(
    () =>
      (records ?? [])
        .filter(
          (record) =>
            (archived || !record.archived) &&
            (!wanted ||
              [record.id, record.name, record.status, record.voting, record.kind].some((text) =>
                String(text ?? '')
                  .toLowerCase()
                  .includes(wanted),
              )),
        )
        .reverse(),
    [records, archived, wanted],
  );
  const [at, setAt] = useState(-1);
  const chosen = Math.min(at, shown.length - 1);
  const vote = async (record, Voting) => {
    const reply = await send(currentWorkspace(), {
      method: 'POST',
      url: '/api/external/packshots/update-packshot',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({recordId: record.id, Voting}),
    });
    const said = reply.lost
      ? reply.reason
      : reply.status === 200
        ? `${record.id} is ${Voting}`
        : `${reply.status}: ${reply.reason}`;
    notify(said, reply.status === 200 ? 'plain' : 'bad');
    touch(record.id);
    setVoted(voted + 1);
    await refresh();
  };
  const voteOnChosen = (Voting) => () => {
    const record = shown[chosen];
    if (record && VOTED_ON.has(record.kind) && record.status === 'DONE')
      vote(record, Voting).catch((error) => notify(error.message, 'bad'));
  };
  const step = (by) => () => setAt(Math.max(0, Math.min(shown.length - 1, chosen + by)));
  const turn = (by) => () => {
    const next = COLLECTIONS[(COLLECTIONS.indexOf(collection) + by + COLLECTIONS.length) % COLLECTIONS.length];
    amend({collection: next});
  };
  useKeys({
    j: {does: 'the next record', run: step(1)},
    k: {does: 'the one before', run: step(-1)},
    y: {does: 'approve the chosen record', run: voteOnChosen('APPROVED')},
    x: {does: 'reject it', run: voteOnChosen('REJECTED')},
    ']': {does: 'the next collection', run: turn(1)},
    '[': {does: 'the one before', run: turn(-1)},
    '/': {does: 'filter', run: () => document.getElementById('record-filter')?.focus()},
  });
  if (!state.summary) {
    return html`<${Empty} title="No workspace yet"
        text=${`curl -H 'X-Api-Key: mk_live_happy-path.me' ${SERVER}/api/external/products`}
      >Each API key has records of its own. The first request makes them:<//>`;
  }
  const gone = (records ?? []).filter((record) => record.archived).length;
  return html`<div class="gallery" ref=${box}>
    <div class="chips-bar"><div class="buttons" role="tablist" aria-label="Collections">${COLLECTIONS.map(
      (one) => html`
        <button key=${one} role="tab" aria-selected=${one === collection} onClick=${() => {
          setAt(-1);
          amend({collection: one});
        }}
          >${one} ${number(state.summary.records[one])}</button>`,
    )}</div>
      <input id="record-filter" type="search" aria-label="Filter records" placeholder="id, name, status"
          value=${params.find ?? ''}
        onInput=${(event) => {
          setAt(-1);
          amend({find: event.target.value});
        }} />
      <label class="check"><input type="checkbox" checked=${archived}
          onChange=${(event) => setArchived(event.target.checked)} />
        archived ${number(gone)}</label></div>
    ${
      records === null
        ? html`<p class="page second">asking …</p>`
        : shown.length === 0
          ? html`<${Empty} title=${`No ${collection} ${wanted ? 'that fit' : 'yet'}`}>${
              wanted
                ? html`<button onClick=${() => amend({find: ''})}>show all</button>`
                : `This workspace (${state.summary.scenario}) has none. A registration of the product API makes some.`
            }<//>`
          : html`<${Rows} count=${shown.length} height=${narrow ? 270 : 330} columns=${columns}
              label=${`${counted(shown.length, 'record')} of ${collection}`}
          active=${chosen} idOf=${(index) => shown[index].id} rowClass=${(index) => (index === chosen ? 'on' : '')}
          row=${(index) => html`<${Card} record=${shown[index]} due=${due} vote=${vote} />`} />`
    }
  </div>`;
}

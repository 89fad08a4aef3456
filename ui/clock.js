// Clock and jobs: virtual time as a picture. A bar a job, a line for now, what the last advance did.

import {html, useEffect, useMemo, useRef, useState} from './preact.js';
import {call, SERVER} from './api.js';
import {currentWorkspace, refresh, virtualNow} from './store.js';
import {advance, setClock, settle} from './advance.js';
import {Action, Empty, Rows} from './parts.js';
import {useKeys} from './keys.js';
import {clockTime, counted, number, span, tickText, ticks} from './format.js';

/** The jobs and steps of the workspace that is looked at, asked for again when the summary says that they changed. */
function useJobs(state) {
  const [told, setTold] = useState(null);
  const workspace = currentWorkspace();
  const {summary} = state;
  const mark =
    summary &&
    `${summary.id} ${summary.pendingJobs} ${summary.requests} ${summary.clock.scheduled} ${summary.clock.now}`;
  const changed = summary?.clock.mode === 'real' && summary.pendingJobs ? mark : mark?.replace(/ \S+$/, '');
  useEffect(() => {
    if (!workspace) return;
    const stop = new AbortController();
    call('GET', 'jobs', {query: {workspace}, signal: stop.signal}).then(
      (reply) => setTold({...reply, workspace}),
      () => {},
    );
    return () => stop.abort();
  }, [workspace, changed]);
  return told?.workspace === workspace ? told : null;
}

/** A job's course as instants in milliseconds, and what its end is in words. */
function courseOf(job, now) {
  const registered = Date.parse(job.registeredAt);
  const starts = job.startsAt ? Date.parse(job.startsAt) : registered;
  const due = job.dueAt ? Date.parse(job.dueAt) : undefined;
  const fails = job.end === 'fail';
  const course = {registered, starts, due, fails, open: due === undefined};
  if (due !== undefined) {
    course.says = fails ? `will fail in ${span(due - now)}` : `DONE in ${span(due - now)}`;
    if (due <= now) course.says = 'is due';
  } else if (job.mode === 'afterPolls') {
    course.says = `${fails ? 'fails ' : ''}after ${counted(job.pollsLeft, 'more poll')}`;
  } else {
    course.says = job.mode === 'stuck' ? 'stuck: settles by hand' : 'settles by hand';
  }
  return course;
}

/** What a step of the timeline does, in words. */
export function stepInWords(step) {
  const {set = {}, addRules = [], removeRules = []} = step;
  const parts = [];
  if (set.credits !== undefined) parts.push(`credits := ${number(set.credits)}`);
  if (set.key)
    parts.push(
      `key ${set.key.id ?? '*'}: ${Object.entries(set.key)
        .filter(([name]) => name !== 'id')
        .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')}`,
    );
  if (set.maintenance !== undefined) parts.push(`maintenance ${set.maintenance ? 'begins' : 'ends'}`);
  if (set.jobs) parts.push(`job policies of ${Object.keys(set.jobs).join(', ')} change`);
  if (set.state !== undefined) parts.push(`state := ${set.state}`);
  if (addRules.length) parts.push(`adds ${counted(addRules.length, 'rule')}`);
  if (removeRules.length) parts.push(`removes ${removeRules.join(', ')}`);
  return parts.join('; ') || 'nothing';
}

/** The span of time that the picture shows: from the first job's begin to the last end that is near. */
function scaleOf(courses, now) {
  const from = Math.min(now, ...courses.map((one) => one.registered));
  const ends = courses.map((one) => one.due).filter((due) => due !== undefined);
  const far = Math.max(now + 10_000, ...ends);
  const to = far + (far - from) * 0.04;
  const at = (instant) => (100 * (Math.min(Math.max(instant, from), to) - from)) / (to - from);
  return {from, to, at, marks: ticks(from, to)};
}

/** What one job looks like between two instants. */
function Course({course, scale, now}) {
  const {at} = scale;
  const place = (begin, end) => ({left: `${at(begin)}%`, width: `${Math.max(0.4, at(end) - at(begin))}%`});
  return html`
    ${course.starts > course.registered && html`<i class="queue" style=${place(course.registered, course.starts)} />`}
    <i class=${course.open ? 'running open' : course.fails ? 'running fails' : 'running'}
      style=${place(course.starts, course.due ?? scale.to - (scale.to - scale.from) * 0.03)} />
    <i class="line" style=${{left: `${at(now)}%`}} />`;
}

/** The picture's width follows the room; its height, the jobs. */
function Timeline({told, now, chosen, onChoose}) {
  const courses = told.jobs.map((job) => courseOf(job, now));
  const scale = scaleOf(courses, now);
  const {marks} = scale;
  return html`<div class="timeline">
    <div class="axis" aria-hidden="true"><span>record</span><div class="track">${marks.list.map(
      (at, index) => html`
        <span key=${at} style=${{left: `${scale.at(at)}%`}}>${tickText(at, marks.list[index - 1])}</span>`,
    )}
      <span class="nowmark" style=${{left: `${scale.at(now)}%`}}>now</span></div><span /></div>
    <${Rows} count=${told.jobs.length} height=${40} max=${480} label="Pending jobs" active=${chosen} onPick=${onChoose}
      idOf=${(index) => `job-${told.jobs[index].record}`} row=${(index) => {
        const job = told.jobs[index];
        const first = index === 0 || told.jobs[index - 1].batch !== job.batch;
        return html`<span
            class="record"><strong>${job.record}</strong>${first && html`<small>${job.batch}</small>`}</span>
          <span class="track" aria-hidden="true">${marks.list.map(
            (at) => html`<i class="mark"
            style=${{left: `${scale.at(at)}%`}} />`,
          )}<${Course} course=${courses[index]} scale=${scale} now=${now} /></span>
          <span class="says">${courses[index].says}</span>`;
      }} />
    ${
      told.timeline.length > 0 &&
      html`<h3>Scheduled by the scenario</h3>
      <ul class="steps">${told.timeline.slice(0, 50).map(({dueAt, step}) => {
        const due = Date.parse(dueAt);
        const far = due > scale.to;
        return html`<li key=${dueAt + stepInWords(step)}><span class="record">${stepInWords(step)}</span>
          <span class="track" aria-hidden="true"><i class="step" style=${{left: `${scale.at(due)}%`}} />
            <i class="line" style=${{left: `${scale.at(now)}%`}} /></span>
          <span class="says">in ${span(due - now)}${far ? ', off the scale' : ''}</span></li>`;
      })}</ul>
      ${told.timeline.length > 50 && html`<p class="second">and ${told.timeline.length - 50} later ones</p>`}`
    }
  </div>`;
}

function titleOf(told, clock) {
  const jobs = told.jobs.length;
  if (!jobs)
    return told.timeline.length ? `No job runs; ${counted(told.timeline.length, 'step')} to come` : 'No job runs';
  if (clock.mode === 'manual')
    return `${counted(jobs, 'job')} ${jobs === 1 ? 'waits' : 'wait'}: the clock is stopped`;
  return `${counted(jobs, 'job')} ${jobs === 1 ? 'runs' : 'run'}${clock.speed === 1 ? '' : ` at ×${clock.speed}`}`;
}

/** What a fired event cost or brought back. */
function booking(event) {
  if (event.price === undefined || !event.record) return '';
  return `${counted(event.price, 'credit')} ${event.to === 'DONE' ? 'consumed' : 'refunded'}`;
}

function LastAdvance({did}) {
  return html`<h3>What ${did.label} did${did.now ? `, up to ${clockTime(did.now, 3)}` : ''}</h3>
    ${
      did.events.length
        ? html`<div class="scroll"><table class="fired"><thead><tr><th>time</th><th>what</th><th>change</th>
        <th>credits</th></tr></thead><tbody>${did.events.slice(0, 200).map(
          (event, index) => html`<tr key=${index}>
        <td class="second">${clockTime(event.at, 3)}</td><td><strong>${event.record ?? event.kind}</strong></td>
        <td>${event.from} → <span class=${event.to === 'FAILED' ? 'bad' : ''}>${event.to}</span></td>
        <td class="second">${booking(event)}</td></tr>`,
        )}</tbody></table></div>
      ${did.events.length > 200 && html`<p class="second">and ${number(did.events.length - 200)} more</p>`}`
        : html`<p class="second">Nothing was due.</p>`
    }`;
}

function Controls({clock}) {
  const input = useRef(null);
  const go = (event) => {
    event?.preventDefault();
    const text = input.current.value.trim();
    const json = /^\d{4}-/.test(text) ? {to: text} : {by: text};
    return advance(json, /^\d{4}-/.test(text) ? `going to ${text}` : `+${text}`);
  };
  const is = (mode, speed) => clock.mode === mode && (mode === 'manual' || clock.speed === speed);
  return html`<div class="buttons controls">
    <div class="segments" role="group" aria-label="The clock">
      <${Action} aria-pressed=${is('real', 1)} run=${() => setClock({mode: 'real', speed: 1})}>real<//>
      <${Action} aria-pressed=${is('real', 60)} run=${() => setClock({mode: 'real', speed: 60})}>×60<//>
      <${Action} aria-pressed=${is('manual')} run=${() => setClock({mode: 'manual'})}>stopped<//>
    </div>
    <form class="buttons" onSubmit=${go}><label for="by">let pass</label>
      <input ref=${input} id="by" size="12" placeholder="90s, 2m, 1h" required /><button>advance</button></form>
  </div>`;
}

export function ClockAndJobs({state}) {
  const told = useJobs(state);
  const [, tick] = useState(0);
  const [record, setRecord] = useState('');
  const clock = state.summary?.clock;
  const moving = clock?.mode === 'real' && told?.jobs.length > 0;
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(
      () => tick((count) => count + 1),
      matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 250,
    );
    return () => clearInterval(timer);
  }, [moving]);
  const now = virtualNow();
  const due = useMemo(
    () => Math.min(...(told?.jobs ?? []).map((job) => Date.parse(job.dueAt)).filter(Boolean)),
    [told],
  );
  useEffect(() => {
    if (moving && now > due) refresh();
  }, [moving && now > due]);
  const chosen = told?.jobs.findIndex((job) => job.record === record) ?? -1;
  const job = told?.jobs[chosen];
  const pick = (index) =>
    told?.jobs.length && setRecord(told.jobs[Math.max(0, Math.min(told.jobs.length - 1, index))].record);
  useKeys({
    j: {does: 'the next job down', run: () => pick(chosen + 1)},
    k: {does: 'the next one up', run: () => pick(chosen - 1)},
    d: {does: 'settle the chosen job as DONE', run: () => job && settle(job.record, 'DONE', job.price)},
    f: {does: 'settle it as FAILED', run: () => job && settle(job.record, 'FAILED', job.price)},
    r: {does: 'real time', run: () => setClock({mode: 'real', speed: 1})},
    x: {does: '60 times real time', run: () => setClock({mode: 'real', speed: 60})},
    0: {does: 'stop the clock', run: () => setClock({mode: 'manual'})},
  });
  if (!currentWorkspace()) {
    return html`<${Empty} title="No workspace yet"
        text=${`curl -H 'X-Api-Key: mk_live_happy-path.me' ${SERVER}/api/external/products`}
      >Each API key has a clock of its own. The first request makes one:<//>`;
  }
  if (!told || !clock) return html`<p class="page second">asking …</p>`;
  const did = state.advance?.workspace === told.workspace ? state.advance : null;
  return html`<div class="page">
    <h2 class="title">${titleOf(told, clock)}</h2>
    <p class="second">${
      told.jobs.length
        ? 'A click on a bar chooses it, to settle the record now. Dashed bars end by polls or by hand.'
        : 'Register a generation job, and its course is drawn here.'
    }</p>
    <${Controls} clock=${clock} />
    ${
      job &&
      html`<div class="settle" role="group" aria-label=${`Settle ${job.record}`}>
      <strong>${job.record}</strong> <span class="second">${job.kind} of ${job.batch || 'a batch before'},
        ${counted(job.price, 'credit')}</span>
      <${Action} hint="d" run=${() => settle(job.record, 'DONE', job.price)}>settle as DONE<//>
      <${Action} hint="f" run=${() => settle(job.record, 'FAILED', job.price)}>as FAILED<//></div>`
    }
    ${
      (told.jobs.length > 0 || told.timeline.length > 0) &&
      html`<${Timeline} told=${told} now=${now} chosen=${chosen} onChoose=${pick} />`
    }
    ${
      !told.jobs.length &&
      html`<${Empty} title="" text=${`curl -X POST ${SERVER}/api/external/image-picker/register-ideas \\
  -H 'X-Api-Key: ${state.summary.key.replace('***', '…')}' -H 'Content-Type: application/json' \\
  -d '{"config": {"product": {"id": "rec_product_001"}}, "count": 4}'`}>Four images, with this workspace’s key:<//>`
    }
    ${did && html`<${LastAdvance} did=${did} />`}
  </div>`;
}

// Moving the clock of the workspace that is looked at, and what that did.

import {call} from './api.js';
import {change, currentWorkspace, notify, refresh} from './store.js';
import {attempt} from './parts.js';
import {counted} from './format.js';

/** Lets time pass as `POST /__admin/clock/advance` takes it; `label` says what was asked for. */
export function advance(json, label) {
  const workspace = currentWorkspace();
  return attempt(async () => {
    // The prices go with the jobs when these end, so they are asked for before.
    const {jobs} = await call('GET', 'jobs', {query: {workspace}});
    const price = new Map(jobs.map((job) => [job.record, job.price]));
    const {now, fired} = await call('POST', 'clock/advance', {query: {workspace}, json});
    const events = fired.map((event) => ({...event, price: price.get(event.record)}));
    change({advance: {workspace, label, now, events}});
    notify(fired.length ? `${label}: ${counted(fired.length, 'event')}` : `${label}: nothing was due`);
    await refresh();
  });
}

export function setClock(json) {
  const workspace = currentWorkspace();
  return attempt(async () => {
    await call('PUT', 'clock', {query: {workspace}, json});
    await refresh();
  });
}

/** Ends a pending job now, as DONE or FAILED. */
export function settle(record, status, price) {
  const workspace = currentWorkspace();
  return attempt(async () => {
    const path = `records/${encodeURIComponent(record)}`;
    const {fired} = await call('POST', path, {query: {workspace}, json: {status}});
    const events = fired.map((event) => ({...event, price}));
    change({advance: {workspace, label: `settled ${record}`, now: fired[0]?.at, events}});
    notify(`${record} is ${status}`);
    await refresh();
  });
}

// The journal as it grows: server-sent events over fetch, since EventSource sends no token.

import {call, fetchAdmin} from './api.js';
import {wordsOf} from './search.js';

const SLICE_MS = 8; // parsing leaves the page its frames
const SLACK_MS = 25; // of two clocks against one another
const pause = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Cuts text that comes in pieces into events: `{event, data}`. Comments and ids are passed over. */
export class EventCutter {
  #rest = '';

  push(text) {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop();
    const events = [];
    for (const block of blocks) {
      let event = 'message';
      const data = [];
      for (const line of block.split('\n')) {
        if (line.startsWith('event:')) event = line.slice(6).trim();
        if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      }
      if (data.length) events.push({event, data: data.join('\n')});
    }
    return events;
  }
}

/**
 * Follows the journal for as long as the page is open. `on` gets `entries(list)`, `missed(count)`, `restarted()` and
 * `state('connecting' | 'live' | 'lost')`.
 */
export async function follow(on) {
  let since = 0;
  let startedAt;
  let wait = 250;
  for (;;) {
    try {
      on.state(startedAt === undefined ? 'connecting' : 'lost');
      const asked = performance.now();
      const health = await call('GET', 'health');
      const up = health.uptimeSeconds * 1000;
      const started = {earliest: asked - up - SLACK_MS, latest: performance.now() - up + SLACK_MS};
      // Another process: its numbers mean other entries.
      if (startedAt && (started.earliest > startedAt.latest || started.latest < startedAt.earliest)) {
        since = 0;
        on.restarted();
      }
      startedAt = started;
      on.health(health);
      const reply = await fetchAdmin('events', {query: {since: String(since), bodies: 'request'}});
      if (!reply.ok) throw new Error(await reply.text());
      on.state('live');
      wait = 250;
      await read(reply.body.getReader(), on, (sequence) => {
        since = sequence;
      });
    } catch {
      /* told by the state: it is tried again */
    }
    on.state(startedAt === undefined ? 'connecting' : 'lost');
    await pause(wait);
    wait = Math.min(wait * 2, 4000);
  }
}

async function read(reader, on, reached) {
  const decoder = new TextDecoder();
  const cutter = new EventCutter();
  let began = performance.now();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const entries = [];
    for (const {event, data} of cutter.push(decoder.decode(value, {stream: true}))) {
      if (event === 'entry') {
        const entry = JSON.parse(data);
        wordsOf(entry);
        entries.push(entry);
      }
      if (event === 'missed') on.missed(JSON.parse(data).missed);
      if (event === 'restarted') {
        reached(0);
        on.restarted();
      }
      if (performance.now() - began > SLICE_MS) {
        await pause();
        began = performance.now();
      }
    }
    if (entries.length) {
      reached(entries[entries.length - 1].sequence);
      on.entries(entries);
    }
  }
}

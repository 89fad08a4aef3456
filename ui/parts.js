// Pieces that several screens are made of.

import {html, useEffect, useLayoutEffect, useRef, useState} from './preact.js';
import {notify} from './store.js';
import {number} from './format.js';

export function Chip({tone = 'plain', children, onClick, title}) {
  if (!onClick) return html`<span class="chip ${tone}" title=${title}>${children}</span>`;
  return html`<button class="chip ${tone}" title=${title} onClick=${onClick}>${children}</button>`;
}

/** A button that does something once at a time, and says when it went wrong. `hint` is the key that does the same. */
export function Action({run, hint, main, children, ...rest}) {
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    await attempt(run);
    setBusy(false);
  };
  return html`<button class=${main ? 'main' : ''} aria-busy=${busy} ...${rest} disabled=${busy || rest.disabled}
    onClick=${act}>${children}${hint && html`<kbd>${hint}</kbd>`}</button>`;
}

/** Runs something that may fail, and tells people. */
export async function attempt(run) {
  try {
    return await run();
  } catch (error) {
    if (error.name !== 'AbortError') notify(`${error.pointer ? `${error.pointer}: ` : ''}${error.message}`, 'bad');
    return undefined;
  }
}

/** What cannot be undone is asked for twice. */
export function Confirm({run, question, children, ...rest}) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const timer = asked && setTimeout(() => setAsked(false), 4000);
    return () => clearTimeout(timer);
  }, [asked]);
  if (!asked) return html`<button ...${rest} onClick=${() => setAsked(true)}>${children}</button>`;
  return html`<${Action} ...${rest} class="danger" run=${async () => {
    setAsked(false);
    await run();
  }}>${question}<//>`;
}

export async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Not a secure context: the way before there was a clipboard.
    const area = document.createElement('textarea');
    area.value = text;
    area.setAttribute('aria-hidden', 'true');
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    if (!copied) return notify('the browser does not let this page copy', 'bad');
  }
  return notify(`copied ${what}`);
}

/** Lines to copy. */
export function Lines({text, what = 'the lines'}) {
  return html`<div class="lines"><pre tabindex="0">${text}</pre>
    <button onClick=${() => copyText(text, what)}>copy</button></div>`;
}

/** A room with nothing in it says the next step. */
export function Empty({title, children, text}) {
  return html`<div class="empty"><h2>${title}</h2><p>${children}</p>${text && html`<${Lines} text=${text} />`}</div>`;
}

/** Available, reserved and consumed as shares of what was granted. */
export function CreditsBar({credits}) {
  const {available, reserved, consumed, refunded, granted} = credits;
  const share = (value) => ({width: `${granted ? (100 * value) / granted : 0}%`});
  const text =
    `${number(available)} available · ${number(reserved)} reserved · ${number(consumed)} consumed` +
    (refunded ? ` · ${number(refunded)} refunded` : '');
  return html`<div class="credits"><div class="bar" aria-hidden="true">
      <i class="available" style=${share(available)} /><i class="reserved" style=${share(reserved)} />
      <i class="consumed" style=${share(consumed)} /></div>
    <span>${text}</span></div>`;
}

/** Whether the window is narrow: one column. */
export function useNarrow() {
  const query = useRef(matchMedia('(max-width: 860px)')).current;
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const listen = () => setNarrow(query.matches);
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  return narrow;
}

/**
 * Rows of one height, of which only those in sight are in the document. `row(index)` gives a row's content; `active`
 * is the index kept in sight. With `onPick` it is a list to choose from, by mouse or keys.
 */
export function Rows({count, height, row, active = -1, onPick, label, idOf, columns = 1, max, rowClass}) {
  const box = useRef(null);
  const [view, setView] = useState({top: 0, height: 800});
  const look = () => {
    const {scrollTop, clientHeight} = box.current;
    setView((old) =>
      old.top === scrollTop && old.height === clientHeight ? old : {top: scrollTop, height: clientHeight},
    );
  };
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const line = Math.floor(active / columns);
  useLayoutEffect(() => {
    if (active < 0) return;
    const top = line * height;
    const element = box.current;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight)
      element.scrollTop = top + height - element.clientHeight;
  }, [line]);

  const lines = Math.ceil(count / columns);
  const first = Math.max(0, Math.floor(view.top / height) - 4);
  const last = Math.min(lines, Math.ceil((view.top + view.height) / height) + 4);
  const shown = [];
  for (let index = first * columns; index < Math.min(last * columns, count); index++) {
    const style = {top: `${Math.floor(index / columns) * height}px`, height: `${height}px`};
    if (columns > 1)
      Object.assign(style, {left: `${((index % columns) * 100) / columns}%`, width: `${100 / columns}%`});
    const id = idOf?.(index);
    const content = row(index);
    const kind = `row ${rowClass?.(index) ?? ''}`;
    shown.push(
      onPick
        ? html`<div key=${id ?? index} class=${kind} style=${style} role="option" id=${id && `row-${id}`}
          aria-selected=${index === active} onClick=${() => onPick(index)}>${content}</div>`
        : html`<div key=${id ?? index} class=${kind} style=${style} role="listitem">${content}</div>`,
    );
  }
  const onKeyDown = (event) => {
    const moves = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -count, End: count};
    if (!onPick || !count || !(event.key in moves) || event.target !== box.current) return;
    event.preventDefault();
    onPick(Math.max(0, Math.min(count - 1, active + moves[event.key])));
  };
  const current = active >= 0 && active < count && idOf ? `row-${idOf(active)}` : undefined;
  const style = max ? {height: `${Math.min(lines * height, max)}px`} : undefined;
  return html`<div class="rows" ref=${box} onScroll=${look} tabindex="0" role=${onPick ? 'listbox' : 'list'}
      style=${style}
      aria-label=${label} aria-activedescendant=${onPick ? current : undefined} onKeyDown=${onKeyDown}>
    <div class="tall" role="presentation" style=${{height: `${lines * height}px`}}>${shown}</div></div>`;
}

/** Tabs: `[{id, label}]`. The arrow keys go from one to the next. */
export function Tabs({tabs, chosen, onChoose, label}) {
  const onKeyDown = (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    const next = tabs[(tabs.findIndex((tab) => tab.id === chosen) + step + tabs.length) % tabs.length];
    onChoose(next.id);
    event.currentTarget.querySelector(`#tab-${next.id}`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${onKeyDown}>${tabs.map(
    (tab) => html`
    <button key=${tab.id} id=${`tab-${tab.id}`} role="tab" aria-selected=${tab.id === chosen}
      tabindex=${tab.id === chosen ? 0 : -1} onClick=${() => onChoose(tab.id)}>${tab.label}</button>`,
  )}</div>`;
}

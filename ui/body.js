// A body to read: JSON one line a member, with a search, places that findings point at, and what was cut off.

import {html, useEffect, useMemo, useRef, useState} from './preact.js';
import {lineText, prettyLines} from './json.js';
import {bytes} from './format.js';

const HEIGHT = 20;

/** A line's text with the hits of a search marked. */
function marked(text, wanted) {
  if (!wanted) return text;
  const pieces = [];
  const lower = text.toLowerCase();
  let from = 0;
  // Lower case may be longer than the text (İ): then nothing is marked rather than the wrong letters.
  for (let at = lower.indexOf(wanted); at >= 0 && lower.length === text.length; at = lower.indexOf(wanted, from)) {
    pieces.push(text.slice(from, at), html`<mark>${text.slice(at, at + wanted.length)}</mark>`);
    from = at + wanted.length;
  }
  return [...pieces, text.slice(from)];
}

function Line({line, wanted}) {
  return html`<span class="indent" style=${{width: `${line.depth * 2}ch`}} />${
    line.key !== undefined &&
    html`
    <span class="key">${marked(line.key, wanted)}</span>: `
  }<span class=${line.kind}>${marked(line.value, wanted)}</span
    >${line.comma ? ',' : ''}`;
}

/** `pointers` are marked, `target` is scrolled to; both are JSON Pointers into the body. */
export function Body({message, title, pointers = [], target}) {
  const lines = useMemo(() => prettyLines(message.body ?? ''), [message.body]);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [view, setView] = useState(0);
  const box = useRef(null);
  const wanted = query.toLowerCase();
  const hits = useMemo(
    () =>
      wanted ? lines.flatMap((line, index) => (lineText(line).toLowerCase().includes(wanted) ? [index] : [])) : [],
    [lines, wanted],
  );
  const show = (index) => {
    if (index < 0) return;
    box.current.scrollTop = Math.max(0, index * HEIGHT - box.current.clientHeight / 2);
    box.current.scrollIntoView?.({block: 'nearest'});
  };
  useEffect(() => {
    if (target) show(lines.findIndex((line) => line.pointer === target.pointer && !line.closes));
  }, [target, lines]);
  useEffect(() => {
    if (hits.length) show(hits[at % hits.length]);
  }, [hits, at]);

  const widest = useMemo(
    () => lines.reduce((most, line) => Math.max(most, 2 * line.depth + lineText(line).length), 0),
    [lines],
  );

  if (message.body === undefined)
    return html`<p class="second">${
      message.bodyLength ? `${bytes(message.bodyLength)}, no longer held` : 'no body'
    }</p>`;
  if (!lines.length) return html`<p class="second">no body</p>`;
  const first = Math.max(0, Math.floor(view / HEIGHT) - 10);
  const shown = lines.slice(first, first + 70);
  return html`
    ${
      lines.length > 12 &&
      html`<div class="find"><input type="search" aria-label=${`Search in ${title}`} value=${query}
        placeholder=${`search ${lines.length} lines`} onInput=${(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown=${(event) => event.key === 'Enter' && setAt(at + (event.shiftKey ? hits.length - 1 : 1))} />
      <span class="second"
          role="status">${!wanted ? '' : hits.length ? `${(at % hits.length) + 1} of ${hits.length}` : 'none'}</span>
    </div>`
    }
    <div class="json" ref=${box} tabindex="0" role="region" aria-label=${title}
        style=${{height: `${Math.min(lines.length, 24) * HEIGHT + 20}px`}}
        onScroll=${(event) => setView(event.currentTarget.scrollTop)}>
      <div class="tall" style=${{height: `${lines.length * HEIGHT}px`, minWidth: `${Math.min(widest, 4000) + 2}ch`}}>
        ${shown.map((line, index) => {
          const number = first + index;
          const found = pointers.includes(line.pointer) && !line.closes ? 'found' : '';
          const hit = hits.length && hits[at % hits.length] === number ? 'hit' : '';
          return html`<div key=${number} class=${`line ${found} ${hit}`} style=${{top: `${number * HEIGHT}px`}}
            ><${Line} line=${line} wanted=${wanted} /></div>`;
        })}
      </div>
    </div>
    ${message.bodyTruncated && html`<p
        class="second">The journal kept the beginning of ${bytes(message.bodyLength)}.</p>`}
    ${message.bodyEncoding && html`<p class="second">Not text: shown as ${message.bodyEncoding}.</p>`}`;
}

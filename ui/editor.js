// JSON to write, with the server's errors at their place.

import {html, useEffect, useRef, useState} from './preact.js';
import {attempt} from './parts.js';
import {placeOf} from './json.js';

/** The line and column of what `JSON.parse` says is wrong, as far as it says. */
function placeInMessage(text, message) {
  const at = /position (\d+)/.exec(message);
  if (!at) return '';
  const before = text.slice(0, Number(at[1]));
  return `${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}: `;
}

/**
 * A text area with a button. `run(text)` may throw a CallError, whose pointer is looked up in the text. Ctrl and Enter
 * runs it too.
 */
export function JsonEditor({id, label, value, onChange, run, action, rows = 8, placeholder, children}) {
  const area = useRef(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => setProblem(''), [value]);
  const act = async () => {
    const text = area.current.value; // what was typed last may not have been drawn yet
    setProblem('');
    try {
      JSON.parse(text);
    } catch (error) {
      setProblem(`${placeInMessage(text, error.message)}no JSON: ${error.message}`);
      area.current.focus();
      return;
    }
    setBusy(true);
    await attempt(async () => {
      try {
        await run(text);
      } catch (error) {
        if (error.pointer === undefined && error.status !== 400 && error.status !== 422) throw error;
        const pointer = error.pointer ?? '';
        const place = placeOf(text, pointer);
        setProblem(`${place ? `${place.line}:${place.column}: ` : ''}${pointer && `${pointer}: `}${error.message}`);
        area.current.focus();
        if (place) area.current.setSelectionRange(place.at, place.at);
      }
    });
    setBusy(false);
  };
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      act();
    }
  };
  return html`<div class="editor">
    <label for=${id}>${label}</label>
    <textarea ref=${area} id=${id} class="code" spellcheck="false" rows=${rows} placeholder=${placeholder}
        value=${value}
      aria-invalid=${Boolean(problem)} aria-describedby=${`${id}-problem`} onKeyDown=${onKeyDown}
      onInput=${(event) => onChange(event.target.value)} />
    <p id=${`${id}-problem`} class="bad" role="alert">${problem}</p>
    <div class="buttons"><button class="main" disabled=${busy || !value.trim()} aria-busy=${busy} onClick=${act}
      >${action}<kbd>Ctrl Enter</kbd></button>${children}</div>
  </div>`;
}

// Keys: each screen says what its letters do while it is shown, and `?` lists them all.

import {useLayoutEffect, useRef} from './preact.js';

const layers = [];

/** `{key: {does, run}}`, for as long as the component is shown. The latest layer that knows a key has it. */
export function useKeys(keys) {
  const layer = useRef({keys}).current;
  layer.keys = keys;
  useLayoutEffect(() => {
    layers.push(layer);
    return () => layers.splice(layers.indexOf(layer), 1);
  }, []);
}

/** All that there are now, the screen's own last. */
export function allKeys() {
  return layers.flatMap((layer) => Object.entries(layer.keys).map(([key, {does}]) => ({key, does})));
}

/** Where letters are text. */
function isTyping(target) {
  return target.closest?.('input, textarea, select, [contenteditable]') !== null;
}

export function listen() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === 'Escape' && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    for (let i = layers.length - 1; i >= 0; i--) {
      const key = layers[i].keys[event.key];
      if (!key) continue;
      event.preventDefault();
      key.run();
      return;
    }
  });
}

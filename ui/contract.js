// What does not change while a server runs: its operations and scenarios. Asked for once.

import {useEffect, useState} from './preact.js';
import {call} from './api.js';

const asked = new Map();

/** `read` of a call's reply; what it gives is kept, and a failure is not. */
function useAnswer(path, read, otherwise) {
  const [answer, setAnswer] = useState(otherwise);
  useEffect(() => {
    if (!asked.has(path)) {
      const reply = call('GET', path);
      reply.catch(() => asked.delete(path));
      asked.set(path, reply);
    }
    let shown = true;
    asked.get(path).then(
      (told) => shown && setAnswer(read(told)),
      () => {},
    );
    return () => {
      shown = false;
    };
  }, [path]);
  return answer;
}

const NONE = [];

/** `[{name, description}]` */
export function useScenarios() {
  return useAnswer('scenarios', (told) => told.scenarios, NONE);
}

/** `[{id, description}]` in the order of the contract. */
export function useOperations() {
  return useAnswer(
    'openapi.json',
    (told) =>
      Object.values(told.paths ?? {})
        .flatMap((path) => Object.values(path))
        .filter((one) => one?.operationId)
        .map((one) => ({id: one.operationId, description: one.description ?? one.summary ?? ''})),
    NONE,
  );
}

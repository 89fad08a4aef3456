// The dashboard's pure functions, without a browser.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {
  asCurl,
  asExpectation,
  asFetch,
  asHar,
  asPython,
  givenHeaders,
  pythonText,
  scriptText,
  shellWord,
} from '../../ui/copy.js';
import {bytes, clockTime, counted, span, ticks, tickText} from '../../ui/format.js';
import {differences, placeOf, pretty, prettyLines} from '../../ui/json.js';
import {matcher, parseQuery, tokenOf, withToken} from '../../ui/search.js';
import {chips, toneOf, why} from '../../ui/why.js';
import {actionsInWords, conditionsInWords, nextRule} from '../../ui/words.js';

const EVIL = `it's "so" $HOME \`id\` \\ \n\t😀é<>&;|*?!#`;
const entry = (changes = {}) => ({
  id: 'req_000001',
  sequence: 1,
  at: '2026-03-27T12:00:00.000Z',
  receivedAt: '2026-03-27T12:00:00.000Z',
  workspace: 'ws_1',
  operation: 'listModels',
  correlationId: 'c',
  findings: [],
  durationMicros: 400,
  reason: 'ok',
  ...changes,
  request: {
    method: 'GET',
    url: '/api/external/models?a=b',
    path: '/api/external/models',
    query: {a: 'b'},
    headers: {Host: 'x', 'X-Api-Key': 'mk_live_a.***'},
    body: '',
    ...changes.request,
  },
  response: {status: 200, headers: {}, body: '{}', ...changes.response},
});
const server = 'http://127.0.0.1:4010';

test('search: words and tokens, all of which must hold', () => {
  const one = entry({
    findings: [{kind: 'unknown-field', pointer: '/body/cuont', message: 'did you mean count?'}],
    rule: 'slow, Late Reply',
    fault: 'slow-body',
    response: {status: 404},
    reason: 'path: no documented endpoint',
  });
  for (const query of [
    '',
    'status:404',
    'status:4xx',
    'status:4*',
    'status:40',
    'status:>=400',
    'status:<500',
    'op:listModels',
    'op:list*',
    'operation:LISTMODELS',
    'method:get',
    'path:models',
    'ws:ws_1',
    'findings:yes',
    'findings:unknown',
    'rule:yes',
    'rule:late',
    'fault:slow-body',
    '-status:5xx',
    'cuont',
    '"did you mean"',
    'CUONT path:models -fault:stall',
    'id:req_000001',
    '"no documented"',
    '-"no such words"',
  ]) {
    assert.equal(matcher(query)(one), true, query);
  }
  for (const query of [
    'status:2xx',
    'status:lost',
    'status:abc',
    'op:*s*s*s',
    'findings:no',
    'rule:no',
    'fault:no',
    'nothing',
    '-cuont',
    'status:404 status:200',
    'op:register*',
    'constructor:x',
    'http://x',
  ]) {
    assert.equal(matcher(query)(one), false, query);
  }
  assert.equal(matcher('status:lost')(entry({fault: 'connection-reset'})), true);
  assert.equal(matcher('status:lost')(entry({fault: 'slow-body'})), false);
});

test('search: terms are read and written again', () => {
  assert.deepEqual(parseQuery('-status:4xx "two words" http://x:1 rule:"a b" op:'), [
    {name: 'status', value: '4xx', negated: true},
    {name: '', value: 'two words', negated: false},
    {name: '', value: 'http://x:1', negated: false},
    {name: 'rule', value: 'a b', negated: false},
    {name: '', value: 'op:', negated: false},
  ]);
  assert.equal(withToken('workspace:a cat -rule:"x y"', 'workspace', 'b'), 'workspace:b cat -rule:"x y"');
  assert.equal(withToken('workspace:a cat', 'workspace', ''), 'cat');
  assert.equal(tokenOf('cat ws:b', 'workspace'), 'b');
  assert.equal(tokenOf('-ws:b', 'workspace'), '');
});

test('search: no text of a person breaks it', () => {
  for (const query of ['(((', '[', '*', '\\', '"', '-', ':', 'op:[', 'op:*(*', 'status:((', '__proto__:x', '-"'])
    matcher(query)(entry());
});

test('copy: a shell reads each word as it was', () => {
  for (const word of [EVIL, "'", "''", '', '-n', '~', 'a=b', 'plain', '$(id)']) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`]).toString(), word);
  }
});

test('copy: as curl, with what is needed and no more', () => {
  assert.equal(
    asCurl(entry(), {server}),
    '# The journal keeps no keys: set QAMERA_API_KEY to the one that was sent.\n' +
      `curl '${server}/api/external/models?a=b' \\\n  -H "X-Api-Key: $QAMERA_API_KEY"\n`,
  );
  const posted = entry({
    request: {
      method: 'POST',
      url: '/x[1]',
      body: EVIL,
      headers: {'Content-Type': 'a/b', Empty: '', Twice: ['1', '2']},
    },
  });
  assert.equal(
    asCurl(posted, {server}),
    `curl --globoff '${server}/x[1]' \\\n  -H 'Content-Type: a/b' \\\n  -H 'Empty;' \\\n` +
      `  -H 'Twice: 1' \\\n  -H 'Twice: 2' \\\n  --data-raw ${shellWord(EVIL)}\n`,
  );
  assert.match(asCurl(entry({request: {method: 'PUT', body: 'x'}}), {server}), /-X PUT[^]*-H 'Content-Type:'/);
  assert.match(asCurl(entry({request: {method: 'HEAD'}}), {server}), /curl --head/);
  assert.match(
    asCurl(entry({request: {body: 'AAE=', bodyEncoding: 'base64', method: 'POST'}}), {server}),
    /base64 -d \| curl[^]*@-/,
  );
  assert.match(asCurl(entry(), {server, key: "k'"}), /-H 'X-Api-Key: k'\\''/);
});

test('copy: what is sent again leaves out what the connection and the key decide', () => {
  const sent = {'Content-Type': 'application/json', 'X-Trace': ['a', 'b'], 'X-Api-Key-Note': 'c'};
  const decided = {'x-api-key': 'k', Authorization: 'b', Host: 'h', 'Content-Length': '1', TE: 't', Connection: 'c'};
  assert.deepEqual(givenHeaders({...decided, ...sent, 'Transfer-Encoding': 'chunked'}), sent);
  assert.deepEqual(givenHeaders(undefined), {});
});

test('copy: literals of JavaScript and Python are the text', () => {
  assert.equal(JSON.parse(scriptText(EVIL)), EVIL);
  assert.equal(new Function(`return ${scriptText(EVIL + '\u2028</script>')}`)(), EVIL + '\u2028</script>');
  assert.ok(!scriptText('</script>').includes('<'));
  assert.equal(pythonText('é😀"\\\n'), '"\\u00e9\\U0001f600\\"\\\\\\n"');
  assert.match(asFetch(entry(), {server}), /process\.env\.QAMERA_API_KEY/);
  assert.match(asPython(entry({request: {method: 'POST', body: 'x'}}), {server}), /data="x"\.encode\("utf-8"\)/);
});

test('copy: as HAR and as expectation', () => {
  const har = JSON.parse(
    asHar(entry({request: {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}}}), {server}),
  );
  assert.equal(har.log.entries[0].request.postData.mimeType, 'application/json');
  assert.deepEqual(asExpectation(entry({request: {body: '{"n": 12345678901234567890}'}})), {
    count: {
      operation: 'listModels',
      queryParameters: {a: {equalTo: 'b'}},
      bodyPatterns: [{equalToJson: '{"n": 12345678901234567890}'}],
      status: 200,
      atLeast: 1,
    },
  });
  assert.deepEqual(asExpectation(entry({operation: null, request: {query: {}, body: 'no json'}})), {
    count: {method: 'GET', urlPath: '/api/external/models', status: 200, atLeast: 1},
  });
});

test('json: pretty as it was written, with pointers', () => {
  const text = '{"a":[1,{"b/c":"x,}]"}],"big":12345678901234567890,"a":null,"e":{},"f":[]}';
  assert.equal(
    pretty(text),
    [
      '{',
      '  "a": [',
      '    1,',
      '    {',
      '      "b/c": "x,}]"',
      '    }',
      '  ],',
      '  "big": 12345678901234567890,',
      '  "a": null,',
      '  "e": {},',
      '  "f": []',
      '}',
    ].join('\n'),
  );
  const pointers = prettyLines(text)
    .filter((line) => !line.closes)
    .map((line) => line.pointer);
  assert.deepEqual(pointers, ['', '/a', '/a/0', '/a/1', '/a/1/b~1c', '/big', '/a', '/e', '/f']);
  assert.deepEqual(
    prettyLines('no\njson').map((line) => line.value),
    ['no', 'json'],
  );
  assert.deepEqual(prettyLines(''), []);
  assert.equal(pretty('"x"'), '"x"');
  assert.equal(prettyLines(`[${'[],'.repeat(5000)}1]`).length, 5003);
});

test('json: where a pointer stands', () => {
  const text = '{\n  "when": {"operation": "x"},\n  "list": [1, {"y": 2}]\n}';
  assert.deepEqual(placeOf(text, '/when/operation'), {line: 2, column: 12, at: 13});
  assert.equal(placeOf(text, '/list/1/y').line, 3);
  assert.equal(placeOf(text, '').line, 1);
  assert.equal(placeOf(text, '/none'), undefined);
  assert.equal(placeOf('{', ''), undefined);
});

test('json: what differs', () => {
  assert.deepEqual(differences({a: 1, b: [1, 2], c: {}}, {a: 1, b: [1, 3, 4], c: {d: null}}), [
    {pointer: '/b/1', a: '2', b: '3'},
    {pointer: '/c', a: '{}', b: undefined},
    {pointer: '/b/2', a: undefined, b: '4'},
    {pointer: '/c/d', a: undefined, b: 'null'},
  ]);
});

test('why: a sentence for each reason, and what to do', () => {
  const shoot = entry({response: {body: '{"createdRecordIds": ["a", "b"], "creditsReserved": 20}'}});
  assert.equal(why(shoot).sentence, 'valid; 2 records registered, 20 credits reserved');
  const poor = entry({response: {status: 402}, reason: 'credits: required 30, available 25'});
  assert.equal(why(poor).sentence, 'credits: required 30, available 25');
  assert.match(why(poor).advice, /Grant credits/);
  assert.equal(toneOf(poor), 'warn');
  const lost = entry({fault: 'connection-reset', rule: 'reply lost', reason: 'ok; rule: reply lost'});
  const rules = [{name: 'reply lost', rule: {fault: {kind: 'connection-reset', after: 'commit'}}}];
  assert.match(why(lost, rules).advice, /took effect all the same/);
  assert.match(why(lost, [{name: 'reply lost', rule: {fault: {kind: 'connection-reset'}}}]).advice, /took no effect/);
  assert.equal(toneOf(lost), 'bad');
  assert.deepEqual(
    chips(lost).map((chip) => chip.text),
    ['connection-reset', 'rule: reply lost'],
  );
});

test('rules in words', () => {
  assert.equal(
    conditionsInWords({when: {operation: 'listImages', nth: [1, 2], query: {a: 'b'}}}),
    'listImages, ?a=b, the 1st and 2nd time',
  );
  assert.equal(conditionsInWords({}), 'every request');
  assert.equal(
    actionsInWords({respond: {status: 500}, delay: {uniform: ['1s', '2s']}}),
    'answers 500; waits 1s to 2s',
  );
  assert.equal(
    actionsInWords({fault: {kind: 'connection-reset', after: 'commit'}}),
    'resets the connection, after it took effect',
  );
  assert.deepEqual(nextRule('500', 'listModels').when, {operation: 'listModels', first: 1});
});

test('times, spans and counts', () => {
  assert.equal(clockTime('2026-03-27T12:00:10.298Z', 1), '12:00:10.2');
  assert.equal(clockTime('no time'), '');
  assert.deepEqual([0, 6100, 59_940, 60_000, 125_000, 5_400_000, 187_200_000].map(span), [
    '0 s',
    '6.1 s',
    '59.9 s',
    '1 min',
    '2 min 5 s',
    '1 h 30 min',
    '2 d 4 h',
  ]);
  assert.equal(counted(1, 'entry', 'entries'), '1 entry');
  assert.equal(counted(1234, 'record'), '1,234 records');
  assert.equal(bytes(20_480), '20.5 KB');
  const {step, list} = ticks(0, 33_000);
  assert.equal(step, 5000);
  assert.equal(tickText(list[1], list[0]), ':05');
});

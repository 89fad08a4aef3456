// An exchange as something to paste: curl, fetch, Python, HAR, an expectation. Pure.

/** The connection's own fields, and what every client sends of itself. */
const LEFT_OUT = new Set([
  'host',
  'content-length',
  'connection',
  'accept-encoding',
  'user-agent',
  'transfer-encoding',
  'accept-language',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'origin',
  'referer',
  'keep-alive',
]);

/** Header fields as pairs, repeated ones each. */
export function fields(headers) {
  return Object.entries(headers ?? {}).flatMap(([name, value]) => [].concat(value).map((one) => [name, String(one)]));
}

/** What `/send` decides itself: a recorded request goes again with the workspace's key, on a connection of its own. */
const DECIDED =
  /^(authorization|connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|x-api-key)$/i;

/** A recorded request's headers as `/send` takes them. */
export function givenHeaders(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !DECIDED.test(name)));
}

function sentFields(entry) {
  return fields(entry.request.headers).filter(
    ([name, value]) => !LEFT_OUT.has(name.toLowerCase()) && !(name.toLowerCase() === 'accept' && value === '*/*'),
  );
}

/** Whether the field holds a key or secret, which the journal does not keep. */
function isSecret(name, value) {
  return /^(x-api-key|authorization|cookie|proxy-authorization)$/i.test(name) && value.includes('***');
}

/** One word of a POSIX shell, whatever is in it. */
export function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A literal of JavaScript: JSON is one, but for what ends a script element or a line. */
export function scriptText(value) {
  return JSON.stringify(value).replace(
    /[\u2028\u2029<]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A literal of Python. */
export function pythonText(text) {
  return JSON.stringify(text)
    .replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\\ud([89ab][0-9a-f]{2})\\ud([c-f][0-9a-f]{2})/g, (_, high, low) => {
      const point = 0x10000 + ((parseInt(`d${high}`, 16) & 0x3ff) << 10) + (parseInt(`d${low}`, 16) & 0x3ff);
      return `\\U${point.toString(16).padStart(8, '0')}`;
    });
}

function urlOf(entry, server) {
  return entry.request.url.startsWith('/') ? server + entry.request.url : entry.request.url;
}

function remarks(entry, key) {
  const list = [];
  if (!key && sentFields(entry).some(([name, value]) => isSecret(name, value))) {
    list.push('The journal keeps no keys: set QAMERA_API_KEY to the one that was sent.');
  }
  if (entry.request.bodyTruncated) list.push(`The body is the first part of ${entry.request.bodyLength} bytes.`);
  return list;
}

export function asCurl(entry, {server, key = ''}) {
  const {method, body} = entry.request;
  const url = urlOf(entry, server);
  const words = ['curl'];
  if (/[[\]{}]/.test(url)) words.push('--globoff');
  if (url.includes('/.')) words.push('--path-as-is');
  if (method === 'HEAD') words.push('--head');
  else if (method !== (body ? 'POST' : 'GET')) words.push('-X', shellWord(method));
  words.push(shellWord(url));
  const lines = [words.join(' ')];
  let typed = false;
  for (const [name, value] of sentFields(entry)) {
    typed ||= name.toLowerCase() === 'content-type';
    if (isSecret(name, value)) {
      const bearer = /^bearer /i.test(value) ? 'Bearer ' : '';
      lines.push(key ? `-H ${shellWord(`${name}: ${bearer}${key}`)}` : `-H "${name}: ${bearer}$QAMERA_API_KEY"`);
    } else {
      lines.push(`-H ${shellWord(value === '' ? `${name};` : `${name}: ${value}`)}`);
    }
  }
  if (body && !typed) lines.push("-H 'Content-Type:'");
  let before = '';
  if (body && entry.request.bodyEncoding === 'base64') {
    before = `printf %s ${shellWord(body)} | base64 -d | `;
    lines.push('--data-binary @-');
  } else if (body) {
    lines.push(`--data-raw ${shellWord(body)}`);
  }
  return (
    remarks(entry, key)
      .map((text) => `# ${text}\n`)
      .join('') +
    before +
    lines.join(' \\\n  ') +
    '\n'
  );
}

export function asFetch(entry, {server, key = ''}) {
  const {method, body} = entry.request;
  const lines = [
    `const reply = await fetch(${scriptText(urlOf(entry, server))}, {`,
    `  method: ${scriptText(method)},`,
  ];
  const headers = sentFields(entry).map(([name, value]) => {
    if (!isSecret(name, value)) return `[${scriptText(name)}, ${scriptText(value)}]`;
    const bearer = /^bearer /i.test(value) ? 'Bearer ' : '';
    if (key) return `[${scriptText(name)}, ${scriptText(bearer + key)}]`;
    return `[${scriptText(name)}, ${bearer ? '"Bearer " + ' : ''}process.env.QAMERA_API_KEY]`;
  });
  if (headers.length) lines.push(`  headers: [\n    ${headers.join(',\n    ')},\n  ],`);
  if (body && entry.request.bodyEncoding === 'base64') {
    lines.push(`  body: Uint8Array.from(atob(${scriptText(body)}), (c) => c.charCodeAt(0)),`);
  } else if (body) {
    lines.push(`  body: ${scriptText(body)},`);
  }
  lines.push('});', 'console.log(reply.status, await reply.text());');
  return (
    remarks(entry, key)
      .map((text) => `// ${text}\n`)
      .join('') +
    lines.join('\n') +
    '\n'
  );
}

export function asPython(entry, {server, key = ''}) {
  const {method, body} = entry.request;
  const secret = sentFields(entry).some(([name, value]) => isSecret(name, value)) && !key;
  const base64 = body && entry.request.bodyEncoding === 'base64';
  const imports = ['urllib.request', ...(secret ? ['os'] : []), ...(base64 ? ['base64'] : [])].sort();
  const sent = !body
    ? ''
    : base64
      ? `, data=base64.b64decode(${pythonText(body)})`
      : `, data=${pythonText(body)}.encode("utf-8")`;
  const lines = [
    `import ${imports.join(', ')}`,
    '',
    `request = urllib.request.Request(${pythonText(urlOf(entry, server))}, method=${pythonText(method)}${sent})`,
  ];
  for (const [name, value] of sentFields(entry)) {
    const bearer = /^bearer /i.test(value) ? 'Bearer ' : '';
    const shown = !isSecret(name, value)
      ? pythonText(value)
      : key
        ? pythonText(bearer + key)
        : `${bearer ? '"Bearer " + ' : ''}os.environ["QAMERA_API_KEY"]`;
    lines.push(`request.add_header(${pythonText(name)}, ${shown})`);
  }
  lines.push('with urllib.request.urlopen(request) as reply:', '    print(reply.status, reply.read().decode())');
  return (
    remarks(entry, key)
      .map((text) => `# ${text}\n`)
      .join('') +
    lines.join('\n') +
    '\n'
  );
}

export function asHar(entry, {server}) {
  const pairs = (headers) => fields(headers).map(([name, value]) => ({name, value}));
  const {request, response} = entry;
  const type = (headers) => fields(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const har = {
    method: request.method,
    url: urlOf(entry, server),
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: pairs(request.headers),
    queryString: pairs(request.query),
    headersSize: -1,
    bodySize: request.bodyLength ?? -1,
  };
  if (request.body) har.postData = {mimeType: type(request.headers), text: request.body};
  if (request.bodyEncoding) har.postData._encoding = request.bodyEncoding;
  const content = {size: response.bodyLength ?? response.body?.length ?? 0, mimeType: type(response.headers)};
  if (response.body !== undefined) content.text = response.body;
  if (response.bodyEncoding) content.encoding = response.bodyEncoding;
  return (
    JSON.stringify(
      {
        log: {
          version: '1.2',
          creator: {name: 'qamera-mock', version: 'dashboard'},
          entries: [
            {
              startedDateTime: entry.receivedAt,
              time: entry.durationMicros / 1000,
              request: har,
              response: {
                status: response.status,
                statusText: '',
                httpVersion: 'HTTP/1.1',
                cookies: [],
                headers: pairs(response.headers),
                content,
                redirectURL: '',
                headersSize: -1,
                bodySize: -1,
              },
              cache: {},
              timings: {send: 0, wait: entry.durationMicros / 1000, receive: 0},
              _id: entry.id,
              _sequence: entry.sequence,
              _virtualTime: entry.at,
              _workspace: entry.workspace,
              _operation: entry.operation,
              _findings: entry.findings,
            },
          ],
        },
      },
      null,
      2,
    ) + '\n'
  );
}

/** One expectation that this request, sent so once or more, meets. */
export function asExpectation(entry) {
  const {request} = entry;
  const pattern = entry.operation ? {operation: entry.operation} : {method: request.method, urlPath: request.path};
  const query = Object.entries(request.query ?? {}).filter(([, value]) => typeof value === 'string');
  if (query.length) {
    pattern.queryParameters = Object.fromEntries(query.map(([name, value]) => [name, {equalTo: value}]));
  }
  if (request.body && !request.bodyEncoding && !request.bodyTruncated) {
    let json = true;
    try {
      JSON.parse(request.body);
    } catch {
      json = false;
    }
    // As text: a number beyond a double's precision stays what it was.
    if (json) pattern.bodyPatterns = [{equalToJson: request.body}];
  }
  pattern.status = entry.response.status;
  return {count: {...pattern, atLeast: 1}};
}

// What the tests of the dashboard share: a server, a client of it, and pages in Debian's Chromium that fail a test for
// whatever a page must not do.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';

const require = createRequire(`${process.env.PACKAGES_FOLDER}/program.js`);
const {chromium} = require('playwright-core');
export const AXE = require.resolve('axe-core/axe.min.js');

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-lcd-text',
];
/** No test waits for the wall clock: this only keeps a broken page from hanging the run. */
export const PATIENCE = 20_000;

/** Servers that no test has stopped: one that failed leaves its own. */
const running = new Set();

/** A running server: `url`, and `stop()`, which checks its exit code. */
export async function serve(...flags) {
  const port = flags.includes('--port') ? [] : ['--port', '0'];
  const child = spawn(process.env.QAMERA_MOCK_BINARY, ['serve', ...port, '--quiet', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  ended.then(() => running.delete(child));
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const first = await Promise.race([lines.next().then(({value}) => value), ended.then(() => undefined)]);
  assert.ok(first, 'the server did not start');
  const url = first.split(' ').pop();
  const stop = async () => {
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  };
  return {url, port: new URL(url).port, stop, client: client(url)};
}

/** Calls as a client makes them. `lost` is what a reply is that never came. */
function client(url) {
  const send = async (method, path, {key, json, body, headers = {}} = {}) => {
    const sent = {...headers};
    if (key) sent['X-Api-Key'] = key;
    if (json !== undefined) sent['Content-Type'] = 'application/json';
    try {
      const reply = await fetch(url + path, {
        method,
        headers: sent,
        body: json === undefined ? body : JSON.stringify(json),
      });
      const text = await reply.text();
      return {status: reply.status, json: text.startsWith('{') ? JSON.parse(text) : text, headers: reply.headers};
    } catch {
      return {status: 0, lost: true};
    }
  };
  const shoot = (key, count = 4) =>
    send('POST', '/api/external/image-picker/register-ideas', {
      key,
      json: {config: {product: {id: 'rec_product_001'}}, count},
    });
  return {
    send,
    shoot,
    get: (path, key) => send('GET', path, {key}),
    admin: (method, path, key, json, headers) => send(method, `/__admin${path}`, {key, json, headers}),
  };
}

let shared;

/** One browser a test file. */
export async function browser() {
  shared ??= await chromium.launch({executablePath: process.env.CHROMIUM_BINARY, args: FLAGS});
  return shared;
}

/** The end of a test file, whatever became of its tests. */
export async function closeAll() {
  await shared?.close();
  shared = undefined;
  for (const child of running) child.kill('SIGKILL');
}

/**
 * A page of the dashboard in a context of its own. It counts long tasks from the start (`longTasks()`); `check()` fails
 * for errors of the page, for what its policy refused, and for requests to another origin.
 */
export async function open(server, {hash = '', width = 1280, height = 800, scheme = 'light', context} = {}) {
  const own = context ?? (await (await browser()).newContext({viewport: {width, height}, colorScheme: scheme}));
  const page = await own.newPage();
  page.setDefaultTimeout(PATIENCE);
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.stack}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) wrong.push(`policy: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== server.url) wrong.push(`elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const {duration, startTime} of list.getEntries()) window.longTasks.push({duration, startTime});
    }).observe({type: 'longtask', buffered: true});
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(`${server.url}/__admin/ui/${hash}`);
  await page.locator('.frame, main.token').first().waitFor();
  return {
    page,
    context: own,
    check: () => assert.deepEqual(wrong, []),
    longTasks: () => page.evaluate(() => window.longTasks.splice(0)),
    close: async () => {
      assert.deepEqual(wrong, []);
      await (context ? page.close() : own.close());
    },
  };
}

/** Once the screen has what it asked for. */
export async function settled(page, screen) {
  await page.locator(`main.${screen}`).waitFor();
  await page.waitForFunction(() => !/asking …/.test(document.querySelector('main').textContent));
}

/** The rows of a list that are in the document. */
export const rows = (page, list = 'Requests') =>
  page.getByRole('listbox', {name: list, exact: true}).getByRole('option');

/** What axe-core has to say of the page as it is, in a line each. */
export async function violations(page) {
  // Not as a script element, which the page's policy refuses.
  const {readFile} = await import('node:fs/promises');
  await page.evaluate(await readFile(AXE, 'utf8'));
  const found = await page.evaluate(() => window.axe.run({resultTypes: ['violations']}));
  return found.violations.flatMap(({id, nodes}) =>
    nodes.map(
      ({target, failureSummary}) =>
        `${id}: ${target.join(' ')}: ${failureSummary.split('\n').slice(1).join(' ').trim()}`,
    ),
  );
}

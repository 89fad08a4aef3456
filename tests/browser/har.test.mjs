// The journal's export as HAR, read by Playwright: `routeFromHAR` answers a page as the server did, with no server.

import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {browser, closeAll, serve} from './browser.mjs';

const KEY = 'mk_live_happy-path.har';
const JSON_TYPE = {'Content-Type': 'application/json'};
const shoot = (count, suggestions) =>
  JSON.stringify({config: {product: {id: 'rec_product_001'}, suggestions}, count});

const REQUESTS = [
  {path: '/products'},
  {path: '/models?statusFilter=approved'},
  {path: '/models?statusFilter=all'},
  {path: '/image-picker?productId=rec%5Fproduct%5F001'},
  {path: '/nothing?a=1&a=2&b='},
  {path: '/image-picker/register-ideas', method: 'POST', headers: JSON_TYPE, body: shoot(1, 'first')},
  {path: '/image-picker/register-ideas', method: 'POST', headers: JSON_TYPE, body: shoot(2, 'zweite – 2 €')},
  {path: '/image-picker/register-ideas', method: 'POST', headers: JSON_TYPE, body: '{"broken'},
  {path: '/models/register-ideas', method: 'POST', headers: JSON_TYPE, body: ''},
  {path: '/image-picker'},
  {path: '/videos', headers: {'X-Api-Key': 'no key'}},
];

let folder;
after(async () => {
  await closeAll();
  if (folder) await rm(folder, {recursive: true});
});

/** In a page or in node: the status, the type and the text of each reply. */
async function ask([base, key, requests]) {
  const replies = [];
  for (const {path, method = 'GET', headers, body} of requests) {
    const reply = await fetch(`${base}/api/external${path}`, {method, headers: {'X-Api-Key': key, ...headers}, body});
    replies.push([path, reply.status, reply.headers.get('Content-Type'), await reply.text()]);
  }
  return replies;
}

test('a page gets from the HAR what the server answered', async () => {
  const server = await serve('--clock', 'manual');
  const seen = await ask([server.url, KEY, REQUESTS]);
  // What Playwright cannot repeat must not keep it from the rest: a lost reply, and a request that was refused unread.
  await server.client.admin('POST', '/rules', KEY, {
    rules: [{when: {operation: 'listPresets'}, fault: {kind: 'connection-reset'}}],
  });
  assert.ok((await server.client.get('/api/external/presets', KEY)).lost);
  await server.client.get(`/api/external/products?${'x'.repeat(17_000)}`, KEY);
  const har = await (await fetch(`${server.url}/__admin/requests.har`)).text();
  await server.stop();

  folder = await mkdtemp(join(tmpdir(), 'qamera-mock-har-'));
  const file = join(folder, 'traffic.har');
  await writeFile(file, har);
  const context = await (await browser()).newContext();
  await context.route(`${server.url}/`, (route) => route.fulfill({contentType: 'text/html', body: '<p>page</p>'}));
  await context.routeFromHAR(file, {url: `${server.url}/api/external/**`, notFound: 'abort'});
  const page = await context.newPage();
  await page.goto(`${server.url}/`);
  assert.deepEqual(await page.evaluate(ask, [server.url, KEY, REQUESTS]), seen);
  const other = [{path: '/image-picker/register-ideas', method: 'POST', headers: JSON_TYPE, body: shoot(3, 'new')}];
  await assert.rejects(page.evaluate(ask, [server.url, KEY, other]), /Failed to fetch/);
  await context.close();
});

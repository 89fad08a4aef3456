// A lot: 10,000 entries, 300 workspaces, 10,000 records. Chromium's own long-task entries say whether the page kept up.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open, rows, serve} from './browser.mjs';

const LONGEST_MS = 200;
const KEY = 'mk_live_large-account.load';
let server;

before(async () => {
  server = await serve('--clock', 'manual', '--journal-bytes', String(256 << 20));
  const {client} = server;
  for (let from = 0; from < 300; from += 50) {
    await Promise.all(
      Array.from({length: 50}, (_, i) => client.get('/api/external/products', `mk_live_happy-path.w${from + i}`)),
    );
  }
  const paths = ['/api/external/videos?colour=red', '/api/external/presets', '/api/external/presets?maxRecords=1'];
  for (let from = 300; from < 10_000; from += 100) {
    await Promise.all(
      Array.from({length: 100}, (_, i) => client.get(paths[(from + i) % 3], 'mk_live_happy-path.many')),
    );
  }
  await client.get('/api/external/presets', KEY);
});
after(async () => {
  await server.stop();
  await closeAll();
});

/** Of what the page did since the last look, nothing took longer than it may. */
async function keptUp(longTasks, what) {
  const long = (await longTasks()).filter(({duration}) => duration > LONGEST_MS);
  assert.deepEqual(long, [], what);
}

test('10,000 entries: loaded, scrolled, searched and chosen from', async () => {
  const {page, longTasks, close} = await open(server);
  await page.getByRole('link', {name: /Traffic 10,00/}).waitFor();
  await keptUp(longTasks, 'loading');
  assert.ok((await rows(page).count()) < 80);
  await page.mouse.move(500, 400);
  for (let i = 0; i < 10; i++) await page.mouse.wheel(0, 20_000);
  await page.keyboard.press('/');
  await page.keyboard.type('findings:yes colour', {delay: 5});
  await page.getByText(/of 10,00/).waitFor();
  await keptUp(longTasks, 'searching');
  await page.keyboard.press('Escape');
  for (let i = 0; i < 20; i++) await page.keyboard.press('j');
  await page.getByRole('heading', {name: /listVideos/}).waitFor();
  await page.getByRole('searchbox', {name: 'Search the traffic'}).fill('');
  await page.getByRole('button', {name: /^pause/}).click();
  await keptUp(longTasks, 'choosing');
  await close();
});

test('300 workspaces: listed, filtered, picked', async () => {
  const {page, longTasks, close} = await open(server, {hash: '#/workspaces'});
  await page.getByRole('link', {name: 'Workspaces 302'}).waitFor();
  await page.getByRole('searchbox', {name: 'Filter workspaces'}).fill('large');
  await page.waitForFunction(() => document.querySelectorAll('[aria-label=Workspaces] [role=option]').length === 1);
  await page.keyboard.press('Escape');
  await page.keyboard.press('w');
  await page.getByRole('dialog', {name: 'Choose the workspace'}).waitFor();
  await page.keyboard.type('large');
  await page.keyboard.press('Enter');
  await page.locator('.picker strong').getByText('large-account').waitFor();
  await keptUp(longTasks, 'workspaces');
  await close();
});

test('10,000 records: shown, scrolled and filtered', async () => {
  const {json} = await server.client.admin('GET', '/workspaces');
  const {id, records} = json.workspaces.find((one) => one.scenario === 'large-account');
  assert.ok(records.images >= 10_000);
  const {page, longTasks, close} = await open(server, {hash: `#/records?ws=${id}`});
  await page.waitForFunction(() => document.querySelectorAll('.card').length > 4);
  await page.mouse.move(700, 500);
  for (let i = 0; i < 10; i++) await page.mouse.wheel(0, 30_000);
  await page.getByRole('searchbox', {name: 'Filter records'}).fill('img_00');
  await page.getByRole('searchbox', {name: 'Filter records'}).fill('no such record');
  await page.getByText('No images that fit').waitFor();
  await keptUp(longTasks, 'records');
  await close();
});

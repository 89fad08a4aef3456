// Each screen by keys alone: no test here touches the mouse, or puts the focus anywhere by other means.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open, serve} from './browser.mjs';

const KEY = 'mk_live_happy-path.keys';
let server;
let made;

before(async () => {
  server = await serve('--clock', 'manual');
  const {client} = server;
  await client.get('/api/external/products', KEY);
  await client.send('GET', '/api/external/models?colour=red', {key: KEY});
  made = (await client.shoot(KEY, 3)).json.createdRecordIds;
});
after(async () => {
  await server.stop();
  await closeAll();
});

/** What has the focus, by its accessible name or text. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return (
      element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent.trim() ?? element.textContent.trim()
    );
  });

/** Tabs on until something of that name has the focus; says when a round of the page does not come by. */
async function tabTo(page, name) {
  for (let i = 0; i < 150; i++) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the Tab key does not lead to ${name}`);
}

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

test('traffic and exchange: / searches, j and k choose, Enter and the arrows go through the parts', async () => {
  const {page, context, close} = await open(server);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByText('registerImages').waitFor();
  await press(page, 'j', 'j');
  await page.getByRole('heading', {name: /listModels · 200/}).waitFor();
  await press(page, 'k');
  await page.getByRole('heading', {name: /registerImages · 200/}).waitFor();
  await press(page, 'c');
  await page.getByRole('status').getByText('copied as curl').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^# The journal keeps no keys[^]*curl/);
  await press(page, 'e');
  await page.getByRole('status').getByText('copied as expectation').waitFor();
  await tabTo(page, /^Request and reply$/);
  await press(page, 'ArrowRight');
  await page.getByRole('tab', {name: 'Headers', selected: true}).waitFor();
  await page.getByText('Request headers').waitFor();
  await press(page, 's');
  await page.locator('.columns.wide').waitFor();
  await press(page, 'Escape');
  await page.locator('.detail').waitFor({state: 'detached'});
  await press(page, '/');
  await page.keyboard.type('status:404');
  await page.getByText('Nothing fits').waitFor();
  await press(page, 'Escape', 'p');
  await page.getByRole('button', {name: /^go on/}).waitFor();
  await close();
});

test('? shows the keys that the screen has, and Escape closes them', async () => {
  const {page, close} = await open(server);
  await page.getByText('registerImages').waitFor();
  await press(page, '?');
  const dialog = page.getByRole('dialog', {name: 'Keys'});
  await dialog.waitFor();
  for (const does of ['let 10 s pass', 'let time pass until nothing runs', 'search', 'the next exchange down']) {
    await dialog.getByText(does, {exact: true}).waitFor();
  }
  await press(page, 'Escape');
  await dialog.waitFor({state: 'detached'});
  await close();
});

test('clock: . and n and i let time pass, j chooses a job, d and f settle it', async () => {
  const {client} = server;
  const {page, close} = await open(server);
  await press(page, '3');
  await page.getByRole('heading', {name: '3 jobs wait: the clock is stopped'}).waitFor();
  await press(page, 'j', 'f');
  await page.getByRole('status').getByText(`${made[0]} is FAILED`).waitFor();
  await press(page, 'n');
  await page.getByRole('heading', {name: '1 job waits: the clock is stopped'}).waitFor();
  await press(page, 'x');
  await page.getByRole('button', {name: '×60', pressed: true}).waitFor();
  await press(page, '0');
  await page.getByRole('button', {name: 'stopped', pressed: true}).waitFor();
  await press(page, 'i');
  await page.getByRole('heading', {name: 'No job runs'}).waitFor();
  const before = Date.parse((await client.admin('GET', '/clock', KEY)).json.now);
  await press(page, '.');
  await page.getByRole('status').getByText('+10 s').waitFor();
  assert.equal(Date.parse((await client.admin('GET', '/clock', KEY)).json.now) - before, 10_000);
  await close();
});

test('workspaces: the picker and the screen', async () => {
  const {client} = server;
  await client.get('/api/external/products', 'mk_live_stuck-job.other');
  const {page, close} = await open(server);
  await press(page, 'w');
  await page.getByRole('searchbox', {name: 'Filter workspaces'}).waitFor();
  await page.keyboard.type('happy');
  await press(page, 'Enter');
  await page.locator('.picker strong').getByText('happy-path').waitFor();
  await press(page, '2', 'j');
  await page.getByRole('region', {name: 'Workspace', exact: true}).waitFor();
  await tabTo(page, /^fork$/);
  await press(page, 'Enter');
  await page.getByText('the one time that the server tells the key').waitFor();
  await press(page, 'a');
  await page.getByRole('heading', {name: 'A new workspace'}).waitFor();
  await tabTo(page, /^key$/);
  await page.keyboard.type('mk_live_happy-path.typed');
  await press(page, 'Enter');
  await page.getByText('the one time that the server tells the key').waitFor();
  assert.match((await client.admin('GET', '/workspaces')).json.workspaces.map((one) => one.key).join(), /happy-path/);
  await close();
});

test('records: collections, and votes', async () => {
  const {client} = server;
  const {json} = await client.admin('GET', '/workspaces');
  const id = json.workspaces.find((one) => one.requests > 2).id;
  const {page, close} = await open(server, {hash: `#/records?ws=${id}`});
  await page.getByText(made[2]).first().waitFor();
  await press(page, 'j', 'y');
  await page.getByRole('status').getByText(`${made[2]} is APPROVED`).waitFor();
  await press(page, 'j', 'x');
  await page.getByRole('status').getByText(`${made[1]} is REJECTED`).waitFor();
  await press(page, ']');
  await page.getByRole('tab', {name: /^models/, selected: true}).waitFor();
  await press(page, '/');
  await page.keyboard.type('nothing');
  await page.getByText('No models that fit').waitFor();
  await close();
});

test('rules and check: written and run by keys', async () => {
  const {page, close} = await open(server, {hash: '#/rules'});
  await page.getByRole('option', {name: 'listModels'}).waitFor({state: 'attached'});
  await press(page, 'o');
  await page.keyboard.type('listModels');
  await tabTo(page, /^500$/);
  await press(page, 'Enter');
  await page.getByRole('status').getByText('added: next listModels: 500').waitFor();
  await press(page, 'a');
  await page.keyboard.insertText('{"name": "typed", "delay": "1s"}');
  await press(page, 'Control+Enter');
  await page.getByText('waits 1s').waitFor();
  await press(page, 'Escape', '6');
  await page.getByRole('heading', {name: /onformant/}).waitFor();
  await press(page, 'a');
  await page.keyboard.insertText('{"expect": [{"noUnmatched": true}]}');
  await press(page, 'Control+Enter');
  await page.getByText('1 passed, 0 failed').waitFor();
  await close();
});

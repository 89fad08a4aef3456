// Each screen by mouse: what it shows of a server's state, and what its buttons do to it.

import assert from 'node:assert/strict';
import {after, before, beforeEach, test} from 'node:test';
import {closeAll, open, rows, serve} from './browser.mjs';

const KEY = 'mk_live_happy-path.me';
let server;

before(async () => {
  server = await serve('--clock', 'manual');
});
after(async () => {
  await server.stop();
  await closeAll();
});
beforeEach(async () => {
  const {client} = server;
  const {json} = await client.admin('GET', '/workspaces');
  for (const {id} of json.workspaces) await client.admin('DELETE', `/workspaces/${id}`);
  await client.admin('DELETE', '/requests');
});

test('an empty server says what to do next, with its own URL', async () => {
  const {page, close} = await open(server);
  await page.getByText('No request yet').waitFor();
  const line = await page.locator('.empty pre').innerText();
  assert.match(
    line,
    new RegExp(`^curl -H 'X-Api-Key: mk_live_happy-path\\.me' ${server.url}/api/external/products$`),
  );
  for (const room of ['Workspaces', 'Clock and jobs', 'Records']) {
    await page.getByRole('link', {name: room}).click();
    await page.getByRole('heading', {name: 'No workspace yet'}).waitFor();
  }
  await close();
});

test('traffic: entries come live, newest first, and are searched, paused and cleared', async () => {
  const {client} = server;
  const {page, close} = await open(server);
  await client.get('/api/external/products', KEY);
  await rows(page).getByText('listProducts').waitFor();
  await client.get('/api/external/models?statusFilter=approvd', KEY);
  await client.get('/api/external/image-pickr', KEY);
  await page.waitForFunction(() => document.querySelectorAll('.rows [role=option]').length === 3);
  assert.match(await rows(page).first().innerText(), /404[^]*image-pickr[^]*no documented endpoint/);

  const search = page.getByRole('searchbox', {name: 'Search the traffic'});
  const shown = (count) =>
    page.waitForFunction((n) => document.querySelectorAll('.rows [role=option]').length === n, count);
  await search.fill('status:4xx');
  await shown(1);
  assert.match(page.url(), /q=status%3A4xx/);
  await search.fill('findings:yes op:list*');
  await shown(1);
  await search.fill('-status:200');
  await shown(1);
  await search.fill('nothing of the kind');
  await page.getByText('Nothing fits').waitFor();
  await page.getByRole('button', {name: 'show all'}).click();
  await shown(3);
  // What the address says is what a new page shows.
  await search.fill('approvd');
  await shown(1);
  await page.reload();
  await shown(1);
  await search.fill('');
  await shown(3);

  await page.getByRole('button', {name: 'pause'}).click();
  await client.get('/api/external/videos', KEY);
  await page.getByRole('button', {name: '1 new'}).click();
  await shown(4);

  await page.getByRole('button', {name: 'clear'}).click();
  await page.getByRole('button', {name: 'clear the whole journal'}).click();
  await page.getByText('No request yet').waitFor();
  assert.equal((await client.admin('GET', '/requests')).json.meta.total, 0);
  await close();
});

test('exchange: why, findings that lead to their place, copies, send again, compare', async () => {
  const {client} = server;
  await client.get('/api/external/products', KEY);
  await client.shoot(KEY, 2);
  await client.send('POST', '/api/external/image-picker/register-ideas', {
    key: KEY,
    json: {config: {product: {id: 'rec_product_001'}}, cuont: 4},
  });
  const {page, context, close} = await open(server);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await rows(page).first().click();
  const detail = page.getByRole('region', {name: 'Exchange', exact: true});
  await detail.getByText(/Why 200: valid; \d+ records? registered, \d+ credits? reserved/).waitFor();
  assert.match(await detail.locator('.why').innerText(), /unknown-field[^]*\/body\/cuont/);
  await detail.getByRole('button', {name: 'unknown-field'}).click();
  assert.match(await detail.locator('.json .found').innerText(), /"cuont": 4/);

  const copied = async (name) => {
    await detail.getByRole('button', {name}).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const curl = await copied(/^copy as curl/);
  assert.match(curl, new RegExp(`-X POST|curl ${server.url}/api/external/image-picker/register-ideas`));
  assert.match(curl, /-H "X-Api-Key: \$QAMERA_API_KEY"/i);
  assert.match(await copied('as fetch'), /await fetch\("http/);
  assert.match(await copied('as Python'), /import os, urllib\.request/);
  assert.equal(JSON.parse(await copied('as HAR')).log.version, '1.2');
  const expectation = JSON.parse(await copied(/^as expectation/));
  assert.equal((await client.admin('POST', '/verify', KEY, expectation)).status, 200);

  await detail.getByRole('tab', {name: 'Headers'}).click();
  await detail.getByRole('cell', {name: 'mk_live_happy-path.***'}).waitFor();
  await detail.getByRole('tab', {name: 'Compare'}).click();
  await detail.getByText('/request/body/count').waitFor();
  await detail.getByRole('tab', {name: 'Rules and draws'}).click();
  await detail.getByText('No scripted rule took part').waitFor();

  await page.getByRole('option').filter({hasText: 'listProducts'}).click();
  await detail.getByRole('heading', {name: /listProducts/}).waitFor();
  await detail.getByRole('searchbox', {name: 'Search in reply body'}).fill('rec_product_002');
  await detail
    .getByRole('status')
    .getByText(/1 of \d+/)
    .waitFor();
  await detail.getByRole('button', {name: 'send again'}).click();
  await page.getByRole('status').getByText('sent again: 200').waitFor();
  assert.equal((await client.admin('GET', '/requests?operation=listProducts')).json.meta.total, 2);
  await close();
});

test('a lost reply and a 402 are found and explained', async () => {
  const {client} = server;
  const key = 'mk_live_lost-response.me';
  assert.equal((await client.shoot(key)).lost, true);
  await client.admin('PATCH', '/credits', key, {available: 5});
  assert.equal((await client.shoot(key)).status, 402);
  const {page, close} = await open(server, {hash: '#/traffic?q=status:lost'});
  await rows(page).first().click();
  await page.getByText('it would have been 200').waitFor();
  await page.getByText('The request took effect all the same').waitFor();
  await page.getByRole('searchbox', {name: 'Search the traffic'}).fill('status:402');
  await rows(page).filter({hasText: '402'}).click();
  await page.getByText('Why 402: credits: required: 40, available: 5').waitFor();
  await close();
});

test('clock: the course of each job, what an advance did, settling, modes', async () => {
  const {client} = server;
  const key = 'mk_live_credits-run-out-mid-batch.me';
  await client.shoot(key, 3);
  const {page, close} = await open(server, {hash: '#/clock'});
  await page.getByRole('heading', {name: '3 jobs wait: the clock is stopped'}).waitFor();
  assert.equal(await page.locator('.timeline .row .running').count(), 3);
  await page.getByText('credits := 0').waitFor();
  const jobs = page.getByRole('listbox', {name: 'Pending jobs'}).getByRole('option');
  const record = (await jobs.first().locator('strong').innerText()).trim();
  await jobs.first().click();
  await page.getByRole('button', {name: 'as FAILED'}).click();
  await page.getByText(`settled ${record}`).first().waitFor();
  await page.getByText('10 credits refunded').waitFor();
  await page.getByRole('button', {name: 'until idle'}).click();
  await page.getByRole('heading', {name: /No job runs/}).waitFor();
  assert.equal(await page.locator('.fired').getByText('10 credits consumed').count(), 2);
  await page.getByRole('button', {name: '×60'}).click();
  await page.getByRole('button', {name: '×60', pressed: true}).waitFor();
  assert.equal((await client.admin('GET', '/clock', key)).json.speed, 60);
  await page.getByRole('button', {name: 'stopped'}).click();
  await page.getByLabel('let pass').fill('90s');
  await page.getByRole('button', {name: 'advance', exact: true}).click();
  await page.getByRole('heading', {name: /What \+90s did/}).waitFor();
  await page.getByLabel('let pass').fill('soon');
  await page.getByRole('button', {name: 'advance', exact: true}).click();
  await page.getByRole('status').getByText('/by: ').waitFor();
  await close();
});

test('workspaces: make, grant, switch, fork, reset, drop', async () => {
  const {client} = server;
  const {page, close} = await open(server, {hash: '#/workspaces'});
  await page.getByRole('button', {name: /^new/}).click();
  await page.getByLabel('scenario').selectOption('partial-failure');
  await page.getByLabel('credits').fill('77');
  await page.getByRole('button', {name: 'make it'}).click();
  await page.getByText('the one time that the server tells the key').waitFor();
  const key = (await page.locator('.detail .lines pre').first().innerText()).trim();
  assert.match(key, /^mk_live_partial-failure\.w\w+$/);
  assert.equal((await client.get('/api/external/products', key)).status, 200);
  await page.getByRole('button', {name: 'open it'}).click();
  await page.getByLabel('Grant credits').fill('23');
  await page.getByRole('button', {name: 'grant', exact: true}).click();
  await page.getByRole('cell', {name: /100 available/}).waitFor();
  await page.getByLabel('Start over with a scenario').selectOption('docs-examples');
  await page.getByRole('button', {name: 'switch'}).click();
  await page.getByRole('button', {name: 'start over with docs-examples'}).click();
  await page
    .getByRole('region', {name: 'Workspace', exact: true})
    .getByRole('heading', {name: 'docs-examples'})
    .waitFor();
  await page.getByRole('button', {name: 'fork'}).click();
  await page.getByText('the one time that the server tells the key').waitFor();
  assert.equal((await client.admin('GET', '/workspaces')).json.count, 2);
  await page.getByRole('button', {name: 'open it'}).click();
  await page.getByRole('button', {name: 'reset'}).click();
  await page.getByRole('button', {name: 'reset: records, ledger, journal'}).click();
  await page.getByText('it is back at its start').waitFor();
  await page.getByRole('button', {name: 'drop'}).click();
  await page.getByRole('button', {name: 'drop it for good'}).click();
  await page.waitForFunction(() => document.querySelectorAll('[aria-label=Workspaces] [role=option]').length === 1);
  assert.equal((await client.admin('GET', '/workspaces')).json.count, 1);
  await close();
});

test('records: collections, votes by the product’s own call, archived ones', async () => {
  const {client} = server;
  const made = (await client.shoot(KEY, 2)).json.createdRecordIds;
  await client.admin('POST', '/clock/advance', KEY, {until: 'idle'});
  const {page, close} = await open(server, {hash: '#/records'});
  await page.getByRole('button', {name: `approve ${made[0]}`}).click();
  await page.getByRole('status').getByText(`${made[0]} is APPROVED`).waitFor();
  await page.getByRole('button', {name: `reject ${made[1]}`}).click();
  await page.getByRole('button', {name: `reject ${made[1]}`}).waitFor({state: 'detached'});
  const votes = (await client.admin('GET', '/requests?operation=updatePackshot')).json.requests;
  assert.deepEqual(
    votes.map(({request}) => JSON.parse(request.body)),
    [
      {recordId: made[0], Voting: 'APPROVED'},
      {recordId: made[1], Voting: 'REJECTED'},
    ],
  );
  await page.getByLabel(/^archived 1/).check();
  await page.locator('.card.archived').getByText('archived').waitFor();
  await page.getByRole('tab', {name: /^videos/}).click();
  await page.waitForFunction(() => location.hash.includes('collection=videos'));
  await page.getByRole('searchbox', {name: 'Filter records'}).fill('no such');
  await page.getByText('No videos that fit').waitFor();
  await close();
});

test('rules: what the next call gets, a rule that is pasted, located errors, removal', async () => {
  const {client} = server;
  await client.get('/api/external/products', KEY);
  const {page, close} = await open(server, {hash: '#/rules'});
  await page.getByLabel('Next call of').selectOption('listModels');
  for (const [name, status] of [
    ['429', 429],
    ['500', 500],
  ]) {
    await page.getByRole('button', {name, exact: true}).click();
    await page.getByText(`added: next listModels: ${name}`).waitFor();
    assert.equal((await client.get('/api/external/models', KEY)).status, status);
  }
  await page.getByRole('button', {name: 'reset', exact: true}).click();
  await page.getByText('added: next listModels: reset').waitFor();
  assert.equal((await client.get('/api/external/models', KEY)).lost, true);
  await page.getByLabel('Next call of').selectOption('registerImages');
  await page.getByRole('button', {name: 'lost reply'}).click();
  await page.getByText('added: next registerImages: lost reply').waitFor();
  assert.equal((await client.shoot(KEY)).lost, true);
  assert.equal((await client.admin('GET', '/credits', KEY)).json.reserved > 0, true);
  await page.getByText('1 hit').first().waitFor();

  const editor = page.getByLabel(/^A rule, or/);
  await editor.fill('{\n  "when": {"operation": "listImage"},\n  "respond": {"status": 500}\n}');
  await page.getByRole('button', {name: /^add it/}).click();
  await page.getByRole('alert').getByText('2:12: /when/operation: there is no operation "listImage"').waitFor();
  await editor.fill('{"when": }');
  await page.getByRole('button', {name: /^add it/}).click();
  await page.getByRole('alert').getByText('no JSON').waitFor();
  await page.getByRole('button', {name: 'an example'}).click();
  await page.getByRole('button', {name: /^add it/}).click();
  await page.getByText('listImages, the first 2 times').waitFor();
  await page.getByRole('button', {name: 'remove flaky'}).click();
  await page.getByText('listImages, the first 2 times').waitFor({state: 'detached'});
  await page.getByRole('button', {name: 'remove all added'}).click();
  await page.getByRole('button', {name: /^remove \d+ added rules/}).click();
  await page.getByText('the added rules are gone').waitFor();
  assert.equal((await client.admin('GET', '/rules', KEY)).json.rules.length, 0);
  await close();
});

test('check: a verdict, its reasons, and expectations with their explanation', async () => {
  const {client} = server;
  await client.get('/api/external/products', KEY);
  const {page, close} = await open(server, {hash: '#/check'});
  await page.getByRole('heading', {name: 'Conformant', exact: true}).waitFor();
  await client.get('/api/external/models?colour=red', KEY);
  await client.get('/api/external/nothing', KEY);
  await page.getByRole('heading', {name: 'Not conformant'}).waitFor();
  await page.getByText('unknown-query-parameter').waitFor();
  await page.getByText('GET /api/external/nothing').waitFor();
  const editor = page.getByLabel(/^What the client should have sent/);
  await editor.fill('{"expect": [{"count": {"operation": "listProducts", "exactly": 2}}, {"noUnmatched": true}]}');
  await page.getByRole('button', {name: /^run/}).click();
  await page.getByText('0 passed, 2 failed').waitFor();
  await page.getByText('exactly 2 requests matching').waitFor();
  await editor.fill('{"expect": [{"count": {"operation": "listProducts", "exactly": 1}}]}');
  await page.getByRole('button', {name: /^run/}).click();
  await page.getByText('1 passed, 0 failed').waitFor();
  await editor.fill('{"expect": [{"cuont": {}}]}');
  await page.getByRole('button', {name: /^run/}).click();
  await page
    .getByRole('alert')
    .getByText(/1:\d+: \/expect\/0/)
    .waitFor();
  await close();
});

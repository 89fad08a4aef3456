// What the page must not do: take a journal's text for markup, ask another origin, show data without a token, lose its
// way when the server goes. And what it must: be readable by everyone, in both themes.

import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {closeAll, open, rows, serve, settled, violations} from './browser.mjs';

const KEY = 'mk_live_happy-path.safe';

after(closeAll);

/** Text that would show itself if any of it were taken for markup, script or a template. */
const EVIL = `"><img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;' \${alert(3)} {{4}} \u202egnp\u0000`;
const SCREENS = ['traffic', 'workspaces', 'clock', 'records', 'rules', 'check'];

async function fill(client, key) {
  await client.get('/api/external/products', key);
  await client.send('GET', `/api/external/models?${encodeURIComponent(EVIL)}=${encodeURIComponent(EVIL)}`, {
    key,
    headers: {'X-Evil': '"><img src=x onerror=alert(1)>', 'User-Agent': '<script>alert(5)</script>'},
  });
  await client.send('GET', '/api/external/<img src=x onerror=alert(6)>', {key});
  await client.send('POST', '/api/external/models/register-ideas', {
    key,
    json: {preferences: EVIL, count: 2, [EVIL]: EVIL, constructor: {x: 1}, __proto__: {type: 'img', props: {}}},
  });
  await client.send('POST', '/api/external/packshots/update-packshot', {
    key,
    body: EVIL,
    headers: {'Content-Type': EVIL.slice(0, 20)},
  });
  const form = new FormData();
  form.set('name', EVIL);
  form.set('quantityGuidelines', EVIL);
  form.set('qualityGuidelines', EVIL);
  await client.send('POST', '/api/external/presets', {key, body: form});
  await client.admin('POST', '/rules', key, {
    name: EVIL,
    when: {operation: 'listVideos', headers: {X: EVIL}},
    respond: {status: 500, text: EVIL},
  });
  await client.get('/api/external/videos', key);
  await client.admin('PUT', '/script', key, {state: EVIL});
}

test('hostile text is text, in every field that a client can fill, on every screen', async () => {
  const server = await serve('--clock', 'manual');
  await fill(server.client, KEY);
  const {page, check, close} = await open(server);
  await page.waitForFunction(() => document.querySelectorAll('.rows [role=option]').length === 7);
  const shown = await rows(page).allInnerTexts();
  assert.ok(
    shown.some((text) => text.includes('<img src=x onerror=alert(6)>') || text.includes('%3Cimg')),
    shown.join('\n'),
  );
  for (let i = 0; i < 7; i++) {
    await rows(page).nth(i).click();
    await page.locator('.why').waitFor();
    for (const tab of ['Headers', 'Rules and draws', 'Compare', 'Request and reply']) {
      await page.getByRole('tab', {name: tab}).click();
    }
    check();
  }
  await page.getByRole('tab', {name: 'Headers'}).click();
  for (const screen of SCREENS) {
    await page.evaluate((name) => {
      location.hash = `#/${name}`;
    }, screen);
    await settled(page, screen);
    check();
  }
  await page.evaluate(() => {
    location.hash = '#/records?collection=presets';
  });
  await page.locator('.card').first().waitFor();
  assert.match(await page.locator('.card .preset').first().innerText(), /<img src=x onerror=alert\(1\)><script>/);
  await page.evaluate(() => {
    location.hash = '#/rules';
  });
  await page.getByText('"><img src=x onerror=alert(1)>').first().waitFor();
  assert.equal(await page.locator('img[src="x"], script:not([src])').count(), 0);
  await close();
  await server.stop();
});

test('a hostile address is text too', async () => {
  const server = await serve();
  await server.client.get('/api/external/products', KEY);
  for (const value of [EVIL, '__proto__', '%', 'ws:*(((', '('.repeat(3000)]) {
    const {page, close} = await open(server, {
      hash: `#/traffic?q=${encodeURIComponent(value)}&id=${encodeURIComponent(value)}&ws=${encodeURIComponent(value)}`,
    });
    await page.getByRole('searchbox', {name: 'Search the traffic'}).waitFor();
    await close();
  }
  await server.stop();
});

test('axe-core finds nothing, on any screen, in both themes, wide and narrow', async () => {
  const server = await serve('--clock', 'manual');
  const {client} = server;
  await client.shoot(KEY, 3);
  await client.get('/api/external/models?colour=red', KEY);
  await client.admin('PATCH', '/credits', KEY, {available: 5});
  await client.shoot(KEY, 3);
  await client.admin('POST', '/rules', KEY, {name: 'flaky', when: {operation: 'listVideos'}, respond: {status: 500}});
  await client.get('/api/external/videos', KEY);
  for (const [scheme, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 400],
  ]) {
    const {page, close} = await open(server, {scheme, width});
    for (const screen of SCREENS) {
      await page.evaluate((name) => {
        location.hash = `#/${name}`;
      }, screen);
      await settled(page, screen);
      assert.deepEqual(await violations(page), [], `${screen}, ${scheme}, ${width} px`);
    }
    await page.evaluate(() => {
      location.hash = '#/traffic?q=status:402';
    });
    await rows(page).first().click();
    await page.locator('.why').waitFor();
    assert.deepEqual(await violations(page), [], `exchange, ${scheme}, ${width} px`);
    await page.evaluate(() => {
      location.hash = '#/workspaces?new=yes';
    });
    await page.getByRole('heading', {name: 'A new workspace'}).waitFor();
    assert.deepEqual(await violations(page), [], `new workspace, ${scheme}, ${width} px`);
    await page.evaluate(() => {
      location.hash = '#/clock?help=keys';
    });
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await violations(page), [], `keys, ${scheme}, ${width} px`);
    await close();
  }
  await server.stop();
});

test('with a token the page asks once, and the tab keeps it', async () => {
  const server = await serve('--admin-token', 's3cret');
  const authorization = {Authorization: 'Bearer s3cret'};
  await server.client.get('/api/external/products', KEY);
  const {page, context, close} = await open(server);
  const field = page.getByLabel(/asks for its admin token/);
  await field.fill('wrong');
  await page.getByRole('button', {name: 'open'}).click();
  await field.fill('s3cret');
  await page.getByRole('button', {name: 'open'}).click();
  await rows(page).getByText('listProducts').waitFor();
  await page.reload();
  await rows(page).getByText('listProducts').waitFor();
  await page.evaluate(() => {
    location.hash = '#/rules';
  });
  await page.getByRole('button', {name: '500', exact: true}).click();
  await page.getByText('added: next registerImages: 500').waitFor();
  assert.equal((await server.client.admin('GET', '/rules', KEY, undefined, authorization)).json.rules.length, 1);
  // Another tab is asked again: the token is not in the browser's lasting storage, nor in the address.
  assert.equal(page.url().includes('s3cret'), false);
  const other = await open(server, {context});
  await other.page.getByLabel(/asks for its admin token/).waitFor();
  await other.close();
  await close();
  await server.stop();
});

test('two tabs see the same, and each what the other did', async () => {
  const server = await serve('--clock', 'manual');
  await server.client.shoot(KEY, 2);
  const first = await open(server, {hash: '#/clock'});
  const second = await open(server, {hash: '#/clock'});
  await first.page.getByRole('heading', {name: /^2 jobs wait/}).waitFor();
  await second.page.getByRole('heading', {name: /^2 jobs wait/}).waitFor();
  await first.page.getByRole('button', {name: 'until idle'}).click();
  await second.page.getByRole('heading', {name: 'No job runs'}).waitFor();
  await server.client.get('/api/external/videos', KEY);
  for (const {page, close} of [first, second]) {
    await page.getByRole('link', {name: 'Traffic'}).click();
    await rows(page).getByText('listVideos').waitFor();
    await close();
  }
  await server.stop();
});

test('a server that restarts under an open page is found again, and its entries are the new ones', async () => {
  const server = await serve();
  await server.client.get('/api/external/products', KEY);
  await server.client.get('/api/external/videos', KEY);
  const {page, close} = await open(server);
  await rows(page).getByText('listVideos').waitFor();
  await server.stop();
  await page.getByText('The server does not answer').waitFor();
  assert.equal(await rows(page).count(), 2);
  const again = await serve('--port', server.port);
  for (let i = 0; i < 3; i++) await again.client.get('/api/external/models', KEY);
  await page.getByText('The server does not answer').waitFor({state: 'detached'});
  await page.waitForFunction(() => document.querySelectorAll('.rows [role=option]').length === 3);
  assert.equal(await rows(page).getByText('listVideos').count(), 0);
  await close();
  await again.stop();
});

test('the pages of a server without a dashboard are not there', async () => {
  const server = await serve('--no-ui');
  assert.equal((await fetch(`${server.url}/__admin/ui/`)).status, 404);
  assert.equal((await fetch(`${server.url}/`, {headers: {Accept: 'text/html'}})).status, 404);
  assert.equal((await (await fetch(`${server.url}/__admin/`)).json()).ui, undefined);
  await server.stop();
});

// The pictures of docs/: a client with a few mistakes, and jobs of every kind on a stopped clock. Run by
// scripts/screenshots.

import {closeAll, open, rows, serve} from './browser.mjs';

const folder = process.argv[2];
const KEY = 'mk_live_happy-path.shop';
const SCENARIO = {
  name: 'happy-path',
  fixture: 'default',
  seed: 7,
  clock: {mode: 'manual'},
  credits: {available: 1000},
  jobs: {
    default: {queue: '3s', duration: {uniform: ['9s', '20s']}, parallel: 4},
    image: {outcomes: [{nth: 4, then: 'fail'}]},
    video: {outcomes: [{nth: 1, then: 'stuck'}]},
    reel: {afterPolls: 3},
  },
  timeline: [{at: '60s', set: {credits: 0}}],
};
const JOBS = 'mk_live_happy-path.jobs';

const server = await serve('--clock', 'manual', '--seed', '7');
const {client} = server;
await client.admin('POST', '/workspaces', undefined, {key: KEY, scenario: SCENARIO});
const post = (path, json) => client.send('POST', `/api/external/${path}`, {key: KEY, json});
const advance = (by) => client.admin('POST', '/clock/advance', KEY, {by});
const shoot = (more) => post('image-picker/register-ideas', {config: {product: {id: 'rec_product_001'}}, ...more});

await client.get('/api/external/products', KEY);
await client.get('/api/external/models?statusFilter=approved', KEY);
await shoot({count: 2});
await advance('400ms');
await client.get('/api/external/videos', 'mk_live_server-errors.shop');
await client.get('/api/external/image-pickr', KEY);
await client.get('/api/external/image-picker?productId=rec_product_001', KEY);
await client.admin('POST', '/rules', KEY, {
  name: 'reply lost',
  when: {operation: 'registerImages', first: 1},
  fault: {kind: 'connection-reset', after: 'commit'},
});
await shoot({count: 2});
await advance('1500ms');
await client.get('/api/external/models', 'not-a-key');
await post('video-picker/register-videos', {imageId: 'img_001', preferences: 'slow turn'});
await client.get('/api/external/models?statusFilter=approvd', KEY);
await advance('3s');
await shoot({cuont: 4});
await client.admin('PATCH', '/credits', KEY, {available: 20});
await post('models/register-ideas', {preferences: 'athletic build', count: 3});
await client.admin('PATCH', '/credits', KEY, {available: 620});

/** The workspace that was used last. */
const latest = async () => (await client.admin('GET', '/workspaces')).json.workspaces.pop().id;
const take = async (name, hash, scheme, before) => {
  const {page, close} = await open(server, {hash, scheme, width: 1180, height: 600});
  await before(page);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
  await page.screenshot({path: `${folder}/${name}.png`});
  await close();
};
await take('dashboard-traffic', `#/traffic?ws=${await latest()}`, 'light', async (page) => {
  await rows(page).filter({hasText: 'finding'}).first().click();
  await page
    .getByText(/registered/)
    .first()
    .waitFor();
});
await client.admin('POST', '/workspaces', undefined, {key: JOBS, scenario: SCENARIO});
await client.shoot(JOBS, 3);
await client.admin('POST', '/clock/advance', JOBS, {by: '2s'});
await client.shoot(JOBS, 3);
const register = (path, body) => client.send('POST', `/api/external/${path}`, {key: JOBS, json: body});
await register('video-picker/register-videos', {imageId: 'img_001'});
await client.admin('POST', '/clock/advance', JOBS, {by: '2s'});
await register('reel/register-reel', {imagesIds: ['img_001', 'img_002']});

await take('dashboard-clock', `#/clock?ws=${await latest()}`, 'dark', async (page) => {
  await page.getByRole('button', {name: /^\+10 s/}).click();
  await page.getByText('What +10 s did').waitFor();
  await page.locator('.notices p').waitFor({state: 'detached'});
});
await server.stop();
await closeAll();

// Pictures and videos as a client's page has them: a page of another origin, which shows what the URLs in replies lead
// to, reads a picture's pixels, and plays a video and seeks in it. And the dashboard's gallery.

import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {after, before, test} from 'node:test';
import {browser, closeAll, open, PATIENCE, serve} from './browser.mjs';

const KEY = 'mk_live_happy-path.shop';
let server;
let shop;

before(async () => {
  server = await serve('--clock', 'manual');
  // A page that takes in nothing from elsewhere without leave (the strictest embedder policy).
  shop = createServer((request, reply) => {
    reply.writeHead(200, {'Content-Type': 'text/html', 'Cross-Origin-Embedder-Policy': 'require-corp'});
    reply.end('<!doctype html><title>shop</title><body></body>');
  });
  await new Promise((resolve) => shop.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  shop.close();
  await server.stop();
  await closeAll();
});

async function shopPage() {
  const context = await (await browser()).newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`http://127.0.0.1:${shop.address().port}/`);
  return page;
}

async function listed(path) {
  const {json} = await server.client.get(`/api/external/${path}`, KEY);
  return Object.values(json)[0];
}

test('every picture that a reply names decodes, in the shape of its kind', async () => {
  const shapes = {
    products: 1,
    models: 3 / 4,
    sceneries: 16 / 9,
    'image-picker': 3 / 4,
    videos: 16 / 9,
  };
  const page = await shopPage();
  for (const [path, shape] of Object.entries(shapes)) {
    const urls = (await listed(path)).map(({thumbnail}) => thumbnail).filter(Boolean);
    assert.ok(urls.length > 0, path);
    const sizes = await page.evaluate(
      (all) =>
        Promise.all(
          all.map(async (url) => {
            const image = new Image();
            image.src = url; // without CORS: the resource policy decides
            await image.decode();
            return [image.naturalWidth, image.naturalHeight];
          }),
        ),
      urls,
    );
    for (const [width, height] of sizes) {
      assert.ok(width >= 720, `${path}: ${width}`);
      // A reel is of the videos' listing, and stands upright.
      const fits = [shape, path === 'videos' ? 9 / 16 : shape].some((one) => Math.abs(width / height - one) < 0.01);
      assert.ok(fits, `${path}: ${width}x${height}`);
    }
  }
  await page.context().close();
});

test('a canvas reads a picture, which is no plain ground', async () => {
  const page = await shopPage();
  const [{thumbnail}] = await listed('models');
  const read = await page.evaluate(async (url) => {
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.src = `${url}?w=160`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    return {width: canvas.width, height: canvas.height, colours: seen.size};
  }, thumbnail);
  assert.deepEqual([read.width, read.height], [160, 213]);
  assert.ok(read.colours > 500, String(read.colours));
  await page.context().close();
});

test('a video plays, and a seek shows another moment of it', async () => {
  const page = await shopPage();
  const [{videoUrl}] = (await listed('videos')).filter((record) => record.videoUrl);
  const seen = await page.evaluate(async (url) => {
    const video = document.createElement('video');
    video.crossOrigin = 'anonymous';
    video.muted = true;
    document.body.append(video);
    const next = (event) => new Promise((resolve) => video.addEventListener(event, resolve, {once: true}));
    const failed = next('error').then(() => {
      throw new Error(video.error.message);
    });
    video.src = url;
    await Promise.race([next('loadeddata'), failed]);
    const moved = next('timeupdate');
    await video.play();
    await Promise.race([moved, failed]);
    video.pause();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext('2d', {willReadFrequently: true});
    /** Where in the picture the white bar is, of its width. */
    const barAt = async (time) => {
      const sought = next('seeked');
      video.currentTime = time;
      await Promise.race([sought, failed]);
      context.drawImage(video, 0, 0);
      const {data} = context.getImageData(0, canvas.height / 2, canvas.width, 1);
      for (let x = 0; x < canvas.width; ++x) {
        if (Math.min(data[4 * x], data[4 * x + 1], data[4 * x + 2]) > 225) return x / canvas.width;
      }
      return -1;
    };
    return {duration: video.duration, early: await barAt(0.5), late: await barAt(2.5), again: await barAt(1)};
  }, videoUrl);
  assert.equal(seen.duration, 3);
  const near = (found, expected) => assert.ok(Math.abs(found - expected) < 0.08, `${found} is not ${expected}`);
  near(seen.early, 0.15);
  near(seen.late, 0.76);
  near(seen.again, 0.3);
  await page.context().close();
});

test('the gallery shows the pictures and videos of an account', async () => {
  const made = (await server.client.shoot(KEY, 3)).json.createdRecordIds;
  await server.client.admin('POST', '/clock/advance', KEY, {until: 'idle'});
  const {page, close} = await open(server, {hash: '#/records'});
  for (const id of made) {
    const card = page.locator('.card', {hasText: id});
    await page.waitForFunction(
      (image) => image.complete && image.naturalWidth === 400,
      await card.locator('img.picture').elementHandle(),
    );
  }
  await page.getByRole('tab', {name: /^videos/}).click();
  const video = page.locator('video.picture').first();
  await video.waitFor();
  const poster = await video.evaluate(async (element) => {
    const image = new Image();
    image.src = element.poster;
    await image.decode();
    element.muted = true;
    await element.play();
    return [image.naturalWidth, element.videoWidth];
  });
  assert.equal(poster[0], 400);
  assert.ok([360, 640].includes(poster[1]), String(poster[1])); // a reel, or another video
  await close();
});

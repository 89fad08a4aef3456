// A photo shoot from the first listing to the last vote, with fetch; then the same as a test in CI would do it.
// Environment: QAMERA_BASE_URL, QAMERA_API_KEY, QAMERA_POLL_SECONDS. Node 18 or newer, no packages:
//   node --test workflow.test.mjs
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

const baseUrl = process.env.QAMERA_BASE_URL ?? "http://127.0.0.1:4010";
const apiKey = process.env.QAMERA_API_KEY ?? "mk_live_abc123.secret456";
const pollMilliseconds = 1000 * Number(process.env.QAMERA_POLL_SECONDS ?? 1);
const mostPolls = 120;

/** The client under test: all it knows of its surroundings are a base URL and a key. */
class Studio {
  constructor(key) {
    this.key = key;
  }

  async call(method, path, { query = {}, body } = {}) {
    const url = new URL(path, baseUrl);
    url.search = new URLSearchParams(query).toString();
    const headers = { "X-Api-Key": this.key };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const reply = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${reply.error}`);
    return reply;
  }

  /** What to shoot: the first product with the first approved model in the first approved scenery. */
  async choose() {
    const query = { statusFilter: "approved" };
    const { products } = await this.call("GET", "/api/external/products");
    const { models } = await this.call("GET", "/api/external/models", { query });
    const { sceneries } = await this.call("GET", "/api/external/sceneries", { query });
    return { product: products[0], model: models[0], scenery: sceneries[0] };
  }

  shoot({ product, model, scenery }, count) {
    const config = {
      product: { id: product.id },
      model: { id: model.id },
      scenery: { id: scenery.id },
      industry: "fashion",
      suggestions: "soft morning light",
    };
    return this.call("POST", "/api/external/image-picker/register-ideas", { body: { config, count } });
  }

  /** The images of `ids` that a listing of the product shows. */
  async images(product, ids, query = {}) {
    const narrowed = { productId: product.id, ...query };
    const { images } = await this.call("GET", "/api/external/image-picker", { query: narrowed });
    return images.filter((image) => ids.includes(image.id));
  }

  vote(recordId, Voting) {
    return this.call("POST", "/api/external/packshots/update-packshot", { body: { recordId, Voting } });
  }
}

test("a photo shoot: register, poll, approve one image and reject another", async () => {
  const studio = new Studio(apiKey);
  const subject = await studio.choose();
  const { createdRecordIds: ids, creditsReserved } = await studio.shoot(subject, 4);
  assert.equal(ids.length, 4);
  assert.ok(creditsReserved > 0);

  let done = [];
  for (let poll = 0; done.length < 4; ++poll) {
    assert.ok(poll < mostPolls, `the images are not DONE after ${poll} polls`);
    await pause(pollMilliseconds);
    done = (await studio.images(subject.product, ids)).filter((image) => image.status === "DONE");
  }
  for (const image of done) assert.match(image.thumbnail, /^https?:/);

  await studio.vote(ids[0], "APPROVED");
  await studio.vote(ids[1], "REJECTED");
  const approved = await studio.images(subject.product, ids, { statusFilter: "approved" });
  assert.deepEqual(approved.map((image) => image.id), [ids[0]]);
  const left = await studio.images(subject.product, ids);
  assert.deepEqual(left.map((image) => image.id), [ids[0], ids[2], ids[3]]);
});

// The rest needs qamera-mock: the control API moves the clock, so that the test waits for nothing.
const mocked = await fetch(new URL("/__admin/health", baseUrl)).then((response) => response.ok, () => false);

test("in CI: the clock is moved by hand and the ledger is looked at", { skip: !mocked }, async () => {
  // A key of its own is an account of its own: this test disturbs no other, and no other disturbs it.
  const studio = new Studio(`mk_live_happy-path.${randomUUID()}`);
  await studio.call("PUT", "/__admin/clock", { body: { mode: "manual" } });

  const subject = await studio.choose();
  const { createdRecordIds: ids } = await studio.shoot(subject, 4);
  const before = await studio.images(subject.product, ids);
  assert.deepEqual(before.map((image) => image.status), Array(4).fill("INPROGRESS"));

  const { fired } = await studio.call("POST", "/__admin/clock/advance", { body: { until: "idle" } });
  assert.deepEqual(fired.map((transition) => transition.record).sort(), ids);

  const after = await studio.images(subject.product, ids);
  assert.deepEqual(after.map((image) => image.status), Array(4).fill("DONE"));
  const credits = await studio.call("GET", "/__admin/credits");
  assert.equal(credits.consumed, 40);
  assert.equal(credits.reserved, 0);
});

// The assertion of a test in CI: what did the client really send? qamera-mock's journal answers, and explains a no.
// Environment: QAMERA_BASE_URL, QAMERA_API_KEY. Node 18 or newer, no packages:
//   node --test assertions.test.mjs
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

const baseUrl = process.env.QAMERA_BASE_URL ?? "http://127.0.0.1:4010";
// A key of its own is an account and a journal of its own: this test disturbs no other, and no other disturbs it.
const apiKey = process.env.QAMERA_API_KEY ?? `mk_live_happy-path.${randomUUID()}`;

const expectations = {
  expect: [
    {
      name: "four images are registered once",
      count: {
        operation: "registerImages",
        status: 200,
        exactly: 1,
        bodyPatterns: [{ matchesJsonPath: { expression: "$.count", equalTo: "4" } }],
      },
    },
    {
      name: "the first of them is approved",
      sequence: [
        { request: { operation: "registerImages" }, capture: { image: "$.createdRecordIds[0]" } },
        {
          request: {
            operation: "updatePackshot",
            bodyPatterns: [{ equalToJson: { recordId: "{{image}}", Voting: "APPROVED" } }],
          },
        },
      ],
    },
    { name: "polls are at least two seconds apart", pollInterval: { operation: "listImages", atLeast: "2s" } },
    { name: "nothing undocumented is sent", noFindings: true },
    { name: "every path exists", noUnmatched: true },
    { name: "the account paid for four images", ledger: { reserved: 0, consumed: 40 } },
  ],
};

function send(method, path, body, accept = "application/json") {
  const headers = { "X-Api-Key": apiKey, Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(new URL(path, baseUrl), { method, headers, body: body && JSON.stringify(body) });
}

/** Stands for the client under test: registers images, polls until they are done, approves the first. */
async function runClient() {
  const shoot = { config: { product: { id: "rec_product_001" } }, count: 4 };
  const registration = await send("POST", "/api/external/image-picker/register-ideas", shoot);
  if (!registration.ok) return;
  const { createdRecordIds: ids } = await registration.json();
  for (const step of [{ by: "3s" }, { until: "idle" }]) {
    await send("GET", "/api/external/image-picker?productId=rec_product_001");
    await send("POST", "/__admin/clock/advance", step); // in place of sleeping
  }
  await send("POST", "/api/external/packshots/update-packshot", { recordId: ids[0], Voting: "APPROVED" });
}

test("what the client sent is what was agreed", async () => {
  await send("PUT", "/__admin/clock", { mode: "manual" });
  await runClient();
  const verdict = await send("POST", "/__admin/verify", expectations, "text/plain");
  assert.equal(verdict.status, 200, await verdict.text());
});

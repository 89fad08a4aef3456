// node --test: one server for the file, a workspace for each test.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "qamera-mock";

/** The client under test: yours stands here. */
async function startShoot(base, key, count) {
  const reply = await fetch(`${base}/api/external/image-picker/register-ideas`, {
    method: "POST",
    headers: { "X-Api-Key": key, "Content-Type": "application/json" },
    body: JSON.stringify({ config: { product: { id: "rec_product_001" } }, count }),
  });
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.error);
  return body;
}

let server;
before(async () => {
  server = await start();
});
after(() => server.stop());

test("a shoot is paid for once it is done", async () => {
  const workspace = await server.workspace("happy-path", { clock: "manual" });
  const shoot = await startShoot(workspace.url, workspace.key, 4);
  assert.equal(shoot.creditsReserved, 40);
  await workspace.clock.untilIdle();
  await workspace.verify([{ ledger: { consumed: 40, reserved: 0 } }, { noFindings: true }]);
});

test("without credits it says so", async () => {
  const workspace = await server.workspace("credit-exhaustion");
  await assert.rejects(startShoot(workspace.url, workspace.key, 4), /Insufficient credits/);
});

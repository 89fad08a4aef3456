// jest: one server for the file, a workspace for each test. CommonJS, as Jest has it by default.
const { start } = require("qamera-mock");

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
let workspace;
beforeAll(async () => {
  server = await start({ clock: "manual" });
});
afterAll(() => server.stop());
beforeEach(async () => {
  workspace = await server.workspace();
});

test("a shoot is paid for once it is done", async () => {
  expect(await startShoot(workspace.url, workspace.key, 4)).toMatchObject({ creditsReserved: 40 });
  await workspace.clock.untilIdle();
  await workspace.verify([{ ledger: { consumed: 40, reserved: 0 } }, { noFindings: true }]);
});

test("a lost reply is asked for again", async () => {
  await workspace.rules.add({
    when: { operation: "registerImages", nth: [1] },
    fault: { kind: "connection-reset", after: "commit" },
  });
  await expect(startShoot(workspace.url, workspace.key, 4)).rejects.toThrow();
  expect(await workspace.credits()).toMatchObject({ reserved: 40 });
});

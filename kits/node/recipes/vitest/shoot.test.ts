// vitest run: one server for the file, a workspace for each test by a fixture. Files run in parallel, each with its own.
import { afterAll, test as base, expect } from "vitest";
import { start, type Workspace } from "qamera-mock";

const server = await start({ clock: "manual" });
afterAll(() => server.stop());

const test = base.extend<{ workspace: Workspace }>({
  workspace: async ({}, use) => use(await server.workspace()),
});

/** The client under test: yours stands here. */
async function startShoot(base: string, key: string, count: number) {
  const reply = await fetch(`${base}/api/external/image-picker/register-ideas`, {
    method: "POST",
    headers: { "X-Api-Key": key, "Content-Type": "application/json" },
    body: JSON.stringify({ config: { product: { id: "rec_product_001" } }, count }),
  });
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.error);
  return body;
}

test("a shoot is paid for once it is done", async ({ workspace }) => {
  expect(await startShoot(workspace.url, workspace.key, 4)).toMatchObject({ creditsReserved: 40 });
  await workspace.clock.untilIdle();
  await workspace.verify([{ ledger: { consumed: 40, reserved: 0 } }, { noFindings: true }]);
});

test("without credits it says so", async ({ workspace }) => {
  await workspace.credits({ available: 0 });
  await expect(startShoot(workspace.url, workspace.key, 4)).rejects.toThrow(/Insufficient credits/);
});

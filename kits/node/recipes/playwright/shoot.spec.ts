// playwright test: a server for each worker, a workspace for each test, and Playwright's own `request` sends to it. An
// application under test is given `workspace.url` and `workspace.key` in the same way.
import { test as base, expect } from "@playwright/test";
import { start, type Server, type Workspace } from "qamera-mock";

const test = base.extend<{ workspace: Workspace }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await start({ clock: "manual" });
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  workspace: async ({ server }, use) => use(await server.workspace()),
  baseURL: ({ server }, use) => use(server.url),
  extraHTTPHeaders: ({ workspace }, use) => use({ "X-Api-Key": workspace.key }),
});

const shoot = { data: { config: { product: { id: "rec_product_001" } }, count: 4 } };

test("a shoot is paid for once it is done", async ({ request, workspace }) => {
  const reply = await request.post("/api/external/image-picker/register-ideas", shoot);
  expect(await reply.json()).toMatchObject({ creditsReserved: 40 });
  await workspace.clock.untilIdle();
  await workspace.verify([{ ledger: { consumed: 40, reserved: 0 } }, { noFindings: true }]);
});

test("without credits it says so", async ({ request, workspace }) => {
  await workspace.credits({ available: 0 });
  const reply = await request.post("/api/external/image-picker/register-ideas", shoot);
  expect(reply.status()).toBe(402);
});

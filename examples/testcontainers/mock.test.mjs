// The image as a test's own server, by Testcontainers. Needs a container engine that has loaded the image:
//   docker load --input qamera-mock-VERSION-oci.tar && npm install && npm test
// Environment: QAMERA_MOCK_IMAGE (qamera-mock:0.2.0).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { GenericContainer, Wait } from "testcontainers";

const port = 4010;
let container;
let url;

before(async () => {
  container = await new GenericContainer(process.env.QAMERA_MOCK_IMAGE ?? "qamera-mock:0.2.0")
    .withCommand(["serve", "--allow-host", "docker,0.0.0.0/0"])  // where an engine elsewhere is: on CI, say
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forHttp("/__admin/health", port).forStatusCode(200))
    .start();
  url = `http://${container.getHost()}:${container.getMappedPort(port)}`;
});
after(() => container?.stop());

async function call(method, path, body) {
  const reply = await fetch(url + path, {
    method, headers: { "X-Api-Key": "mk_live_happy-path.testcontainers", "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.equal(reply.status, 200, `${method} ${path}: ${await reply.clone().text()}`);
  return reply.json();
}

test("a photo shoot is paid for", async () => {
  await call("PUT", "/__admin/clock", { mode: "manual" });
  await call("POST", "/api/external/image-picker/register-ideas",
    { config: { product: { id: "rec_product_001" } }, count: 4 });
  await call("POST", "/__admin/clock/advance", { until: "idle" });
  assert.equal((await call("GET", "/__admin/credits")).consumed, 40);
});

// Usage: node run.mjs STEPS. Runs the stories of STEPS with the Node kit that is installed where this file lies.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import { start } from "qamera-mock";

/** `${name}` in texts becomes what was kept under that name. */
const filled = (value, kept) =>
  JSON.parse(JSON.stringify(value), (_, text) =>
    typeof text === "string" ? text.replace(/\$\{(\w+)\}/g, (_, name) => kept[name]) : text);

/** All of `expected` is in `seen`: objects may have further members. */
function assertHas(seen, expected, at) {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(seen) && seen.length === expected.length, `${at}: ${JSON.stringify(seen)}`);
    expected.forEach((one, index) => assertHas(seen[index], one, `${at}/${index}`));
  } else if (expected !== null && typeof expected === "object") {
    for (const [name, one] of Object.entries(expected)) assertHas(seen?.[name], one, `${at}/${name}`);
  } else {
    assert.deepEqual(seen, expected, `${at}: expected ${JSON.stringify(expected)}, was ${JSON.stringify(seen)}`);
  }
}

const at = (value, pointer) => pointer.slice(1).split("/").reduce((inner, name) => inner[name], value);

function send(base, key, method, path, body) {
  return new Promise((resolve) => {
    const headers = { "Content-Type": "application/json", ...(key && { "X-Api-Key": key }) };
    const sent = http.request(base + path, { method, headers, agent: false }, (reply) => {
      let text = "";
      reply.on("data", (piece) => (text += piece));
      reply.on("error", () => resolve({ lost: true }));
      reply.on("end", () => resolve({ status: reply.statusCode, body: JSON.parse(text) }));
    });
    sent.on("error", () => resolve({ lost: true }));
    sent.end(body && JSON.stringify(body));
  });
}

async function take(step, world) {
  const args = [...filled(step.with ?? [], world.kept), ...(step.options ? [step.options] : [])];
  const workspace = step.on && world.workspaces[step.on];
  switch (step.call) {
    case "start":
      world.server = await start(...args);
      return undefined;
    case "send":
      return send(world.server.url, workspace?.key ?? step.key, ...args);
    case "workspace":
      if (!step.with && step.options) args.unshift(undefined);
      return world.server.workspace(...args);
    case "stop":
      return world.server.stop();
    default: {
      const names = step.call.split(".");
      const last = names.pop();
      const owner = names.reduce((inner, name) => inner[name], workspace);
      return owner[last](...args);
    }
  }
}

async function run(story) {
  const world = { workspaces: {}, kept: {} };
  for (const [number, step] of story.steps.entries()) {
    const where = `${story.name}, step ${number + 1} (${step.call})`;
    let given;
    let failure;
    try {
      given = await take(step, world);
    } catch (error) {
      failure = error;
    }
    if (step.fails) {
      assert.ok(failure, `${where}: did not fail`);
      for (const text of step.fails) assert.ok(failure.message.includes(text), `${where}: ${text}\n${failure.message}`);
      continue;
    }
    if (failure) throw new Error(`${where}: ${failure.message}`, { cause: failure });
    if (step.gives !== undefined) assertHas(given, filled(step.gives, world.kept), where);
    for (const [name, pointer] of Object.entries(step.keep ?? {})) world.kept[name] = at(given, pointer);
    if (step.as) world.workspaces[step.as] = given;
  }
}

const { stories } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const story of stories) await run(story);
console.log(`${stories.length} stories, ${stories.reduce((sum, story) => sum + story.steps.length, 0)} steps`);

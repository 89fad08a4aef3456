"use strict";

// Starts the server, which outlives this step: its exit code and log go to files, where post.js finds them.

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { fail, input, required, saveState, set } = require("./workflow.js");

// The shell alone can wait for the server when this process has gone.
const KEEP = 'folder=$1; shift; "$@" 2>"$folder/log"; echo $? >"$folder/part"; mv "$folder/part" "$folder/code"';

function flags() {
  const failOn = input("fail-on");
  const given = input("args").split("\n").map((line) => line.trim()).filter(Boolean);
  return ["--port=0", "--quiet", ...(failOn && failOn !== "none" ? [`--fail-on=${failOn}`] : []), ...given];
}

/** The URL of the ready line; undefined when the server ended without one. */
function ready(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.on("error", reject);
    child.stdout.on("data", (piece) => {
      text += piece;
      const found = /^(?:qamera-mock listening on |\{"url":")([^\s"]+).*\n/.exec(text);
      if (found) resolve(found[1]);
    });
    child.stdout.on("end", () => resolve(undefined));
  });
}

async function main() {
  const folder = fs.mkdtempSync(path.join(required("RUNNER_TEMP"), "qamera-mock-"));
  const command = [input("binary") || "qamera-mock", "serve", ...flags()];
  const child = spawn("/bin/sh", ["-c", KEEP, "sh", folder, ...command],
    { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  const url = await ready(child);
  if (!url) {
    fail(`the server did not start: ${fs.readFileSync(path.join(folder, "log"), "utf8").trim()}`);
    return;
  }
  child.stdout.destroy();
  child.unref();
  saveState({ url, folder, group: String(child.pid) });
  set("GITHUB_OUTPUT", "url", url);
  set("GITHUB_ENV", "QAMERA_BASE_URL", url);
  set("GITHUB_ENV", "QAMERA_MOCK_URL", url);
  process.stdout.write(`qamera-mock listens on ${url}\n`);
}

main().catch((error) => fail(error.message));

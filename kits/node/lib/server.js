"use strict";

const { spawn } = require("node:child_process");
const { binaryPath } = require("./binary.js");
const { Client } = require("./client.js");
const { QameraMockError } = require("./errors.js");
const { Workspace } = require("./workspace.js");

const MOST_LOG = 64 * 1024;
/** Options of `start` that a workspace can have too: all that can be asked of a server that runs already. */
const OF_WORKSPACES = ["scenario", "clock", "speed", "seed"];

/** `{failOn: ["findings"], strict: true}` -> `["--fail-on=findings", "--strict"]`. */
function flags(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === false) return [];
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [flag];
    const plain = (one) => typeof one === "string" || typeof one === "number";
    if (Array.isArray(value) ? value.every(plain) : plain(value)) return [`${flag}=${[value].flat().join(",")}`];
    throw new QameraMockError(`start: "${name}" is neither text, number, true or false, nor a list of these`);
  });
}

/** The process of a server that was started here. */
class Process {
  #child;
  #log = "";
  #stopped;

  constructor(options) {
    // The pipe on standard input ends with this process, and the server with it.
    const args = ["serve", "--stop-with-stdin", ...flags({ port: 0, quiet: true, ...options })];
    this.#child = spawn(binaryPath(), args, { stdio: "pipe" });
    this.#child.stdin.on("error", () => {});  // the server has gone: `ended` tells
    this.#child.stderr.on("data", (piece) => {
      this.#log = (this.#log + piece).slice(-MOST_LOG);
      if (options.quiet === false) process.stderr.write(piece);
    });
    this.ended = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve({ how: `cannot be run: ${error.message}` }));
      this.#child.on("close", (code, signal) => resolve({ code, how: `ended with ${signal ?? `exit code ${code}`}` }));
    });
    this.ended.then((end) => (this.end = end));
  }

  /** The URL of the ready line. */
  ready() {
    let line = "";
    const listening = new Promise((resolve) => {
      this.#child.stdout.on("data", (piece) => {
        line += piece;
        const found = /^(?:qamera-mock listening on |\{"url":")([^\s"]+)/.exec(line.includes("\n") ? line : "");
        if (found) resolve(found[1]);
      });
    });
    const failed = this.ended.then(() => {
      throw new QameraMockError(this.explain());
    });
    failed.catch(() => {});  // it may come when nobody waits any more
    return Promise.race([listening, failed]);
  }

  /** From now on it keeps this process from ending no more than a timer that is unref'd does. */
  release() {
    for (const one of [this.#child, ...this.#child.stdio]) one.unref();
  }

  /** How it ended and what it said, "" while it runs. */
  explain() {
    return this.end ? `qamera-mock ${this.end.how}${this.#log && `: ${this.#log.trim()}`}` : "";
  }

  stop() {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop() {
    for (const one of [this.#child, ...this.#child.stdio]) one.ref();
    this.#child.kill("SIGTERM");
    const { code } = await this.ended;
    if (code !== 0) throw new QameraMockError(this.explain());
  }
}

/** A server: one that `start` started, or that of QAMERA_MOCK_URL. */
class Server {
  #client;
  #process;
  #defaults;

  constructor(client, process, defaults = {}) {
    this.#client = client;
    this.#process = process;
    this.#defaults = defaults;
    this.url = client.url;
  }

  workspace(scenario, options) {
    const { scenario: usual, ...defaults } = this.#defaults;
    return Workspace.create(this.#client, scenario ?? usual, { ...defaults, ...options });
  }

  async stop() {
    await this.#process?.stop();
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.stop();
  }
}

async function connect(url, { quiet, speed, adminToken, ...options }) {
  const fixed = Object.keys(options).filter((name) => options[name] !== undefined && !OF_WORKSPACES.includes(name));
  if (fixed.length > 0) {
    throw new QameraMockError(`QAMERA_MOCK_URL names a server that runs already: it cannot be given "${fixed[0]}"`);
  }
  const client = new Client(url, { token: adminToken });
  await client.call("GET", "/health");
  const clock = speed === undefined ? options.clock : { mode: options.clock ?? "real", speed };
  return new Server(client, undefined, { ...options, clock });
}

/** Starts a server on a free port, or takes that of QAMERA_MOCK_URL. */
async function start(options = {}) {
  if (process.env.QAMERA_MOCK_URL) return connect(process.env.QAMERA_MOCK_URL, options);
  const started = new Process(options);
  const url = await started.ready();
  started.release();
  const explain = async ({ code }) => {
    if (code === "ECONNREFUSED") await started.ended;  // its end may not have been told yet
    return started.explain();
  };
  return new Server(new Client(url, { token: options.adminToken, explain }), started);
}

module.exports = { start };

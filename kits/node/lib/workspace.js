"use strict";

const { refusal } = require("./client.js");
const { VerificationError } = require("./errors.js");

function clockOf(clock) {
  return typeof clock === "string" ? { mode: clock } : clock;
}

/** The clock of a workspace. */
class Clock {
  #call;
  constructor(call) {
    this.#call = call;
  }
  manual(now) {
    return this.#call("PUT", "/clock", { mode: "manual", now });
  }
  advance(target) {
    return this.#call("POST", "/clock/advance", typeof target === "string" ? { by: target } : target);
  }
  untilIdle() {
    return this.advance({ until: "idle" });
  }
  untilNext() {
    return this.advance({ until: "next" });
  }
}

/** The scripted rules of a workspace. */
class Rules {
  #call;
  constructor(call) {
    this.#call = call;
  }
  async add(...rules) {
    return (await this.#call("POST", "/rules", { rules })).added;
  }
}

/** One API key's sandbox on a server. */
class Workspace {
  #client;
  #call;

  constructor(client, made) {
    this.#client = client;
    this.#call = (method, path, body) => client.call(method, path, { key: this.key, body });
    this.url = client.url;
    this.id = made.id;
    this.key = made.key;
    this.clock = new Clock(this.#call);
    this.rules = new Rules(this.#call);
  }

  static async create(client, scenario, { clock, ...options } = {}) {
    const body = { scenario, clock: clockOf(clock), ...options };
    return new Workspace(client, await client.call("POST", "/workspaces", { body }));
  }

  credits(change) {
    return change === undefined ? this.#call("GET", "/credits") : this.#call("PATCH", "/credits", change);
  }

  settle(record, status = "DONE") {
    return this.#call("POST", `/records/${encodeURIComponent(record)}`, { status });
  }

  async requests(filter = {}) {
    const asked = Object.entries(filter).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString();
    return (await this.#call("GET", `/requests${query && `?${query}`}`)).requests;
  }

  async verify(expectations, { within } = {}) {
    const body = { expect: Array.isArray(expectations) ? expectations : [expectations], within };
    const reply = await this.#client.send("POST", "/verify", { key: this.key, body, accept: "text/plain" });
    if (reply.status === 200) return;
    // A refused call answers 422 too, but in JSON.
    const isVerdict = (reply.status === 422 || reply.status === 409) && !reply.text.startsWith("{");
    throw isVerdict ? new VerificationError(reply.text.trimEnd(), reply.status) : refusal(reply, "verify");
  }

  async findings() {
    return (await this.#client.send("GET", "/findings", { key: this.key, accept: "text/plain" })).text.trimEnd();
  }

  async reset() {
    await this.#call("POST", "/reset");
  }

  async fork(options = {}) {
    const path = `/workspaces/${encodeURIComponent(this.id)}/fork`;
    return new Workspace(this.#client, await this.#client.call("POST", path, { body: options }));
  }
}

module.exports = { Workspace };

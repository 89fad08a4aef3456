"use strict";

const http = require("node:http");
const https = require("node:https");
const { QameraMockError } = require("./errors.js");

/** One request over a connection of its own: `{status, text}`. It uses neither fetch, which some test environments
 * lack, nor timers, which tests replace. */
function send(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http;
    const sent = request(url, { method, headers, agent: false }, (reply) => {
      const pieces = [];
      reply.on("data", (piece) => pieces.push(piece));
      reply.on("error", reject);
      reply.on("end", () => resolve({ status: reply.statusCode, text: Buffer.concat(pieces).toString("utf8") }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** What the server says of a call that it refused. */
function refusal(reply, what) {
  let told = reply.text.trim();
  try {
    const { error, pointer } = JSON.parse(told);
    if (error) told = pointer ? `${pointer}: ${error}` : error;
  } catch {
    // no JSON: as it is
  }
  return new QameraMockError(`${what}: ${reply.status} ${told}`, reply.status);
}

/** The control API of one server. */
class Client {
  /** `explain(error)` says why the server does not answer, where that is known; else it gives "". */
  constructor(url, { token = process.env.QAMERA_MOCK_ADMIN_TOKEN, explain = () => "" } = {}) {
    this.url = url.replace(/\/+$/, "");
    this.token = token === "none" ? undefined : token;
    this.explain = explain;
  }

  /** A control call: `{status, text}`, whatever the status. */
  async send(method, path, { key, body, accept } = {}) {
    const headers = { "Content-Type": "application/json" };
    if (key !== undefined) headers["X-Api-Key"] = key;
    if (accept !== undefined) headers.Accept = accept;
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const options = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    try {
      return await send(`${this.url}/__admin${path}`, options);
    } catch (error) {
      const why = (await this.explain(error)) || error.message || error.code;
      throw new QameraMockError(`${method} ${this.url}/__admin${path}: ${why}`);
    }
  }

  /** A control call that must succeed: its JSON. */
  async call(method, path, options) {
    const reply = await this.send(method, path, options);
    if (reply.status >= 300) throw refusal(reply, `${method} /__admin${path}`);
    return JSON.parse(reply.text);
  }
}

module.exports = { Client, refusal };

#!/usr/bin/env node
"use strict";
// Runs the binary: same arguments, same standard streams, and it ends as the binary does.

const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { constants } = require("node:os");
const { binaryPath } = require("../lib/binary.js");

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

function refuse(message) {
  process.stderr.write(`qamera-mock: ${message}\n`);
  process.exit(2);
}

/** Whether a Ctrl-C reaches the binary without us: the terminal tells all of its foreground processes. */
function isInForeground() {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8").replace(/^.*\)/s, "").trim().split(" ");
    const [, , group, , , foreground] = fields;
    return group === foreground;
  } catch {
    return process.stdin.isTTY === true;
  }
}

/** A server gets a pipe as standard input, whose end it takes as the end of this process, were it even by SIGKILL. */
function command(given) {
  const serves = given.length === 0 || given[0] === "serve" || /^-(?!(h|-help|-help-all|-version)$)/.test(given[0]);
  if (!serves) return { args: given, stdin: "inherit" };
  const rest = given[0] === "serve" ? given.slice(1) : given;
  return { args: ["serve", "--stop-with-stdin", ...rest], stdin: "pipe" };
}

let binary;
try {
  binary = binaryPath();
} catch (error) {
  refuse(error.message);
}
const { args, stdin } = command(process.argv.slice(2));
const child = spawn(binary, args, { stdio: [stdin, "inherit", "inherit"] });
child.on("error", (error) => refuse(`cannot run "${binary}": ${error.message}`));
child.stdin?.on("error", () => {});  // the server has gone; its exit is told apart
for (const name of SIGNALS) {
  process.on(name, () => {
    const isKeyboard = name === "SIGINT" || name === "SIGQUIT";
    if (!(isKeyboard && isInForeground())) child.kill(name);
  });
}
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of SIGNALS) process.removeAllListeners(name);
  if (signal === "SIGKILL" || SIGNALS.includes(signal)) process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
});

#!/usr/bin/env node
"use strict";
// Runs the binary: same arguments, same standard streams, and it ends as the binary does.

const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { constants } = require("node:os");
const { binaryPath } = require("../lib/binary.js");

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
const NPM_WATCH_MS = 250;

function refuse(message) {
  process.stderr.write(`qamera-mock: ${message}\n`);
  process.exit(2);
}

/** A file of /proc; "" where there is none. */
function processFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

/** The fields of /proc/PID/stat from the third on: state, parent, group, session, terminal, its foreground group. */
const statusOf = (pid) => processFile(pid, "stat").replace(/^.*\)/s, "").trim().split(" ");
const parentOf = (pid) => Number(statusOf(pid)[1]);

/** Whether a Ctrl-C reaches the binary without us: the terminal tells all of its foreground processes. */
function isInForeground() {
  const [, , group, , , foreground] = statusOf(process.pid);
  return foreground === undefined ? process.stdin.isTTY === true : group === foreground;
}

/** `npx` and `npm run` end at SIGTERM, and the shell they call us by with them, without a word to us. Tells whether
 * that has happened; undefined where neither waits for us: a command such as `qamera-mock serve &` outlives them. */
function watchOnNpm() {
  const isNpm = (pid) => processFile(pid, "cmdline").startsWith("npm ");
  const parent = process.ppid;
  if (isNpm(parent)) return () => process.ppid !== parent;
  const npm = parentOf(parent);
  const [, option, text] = processFile(parent, "cmdline").split("\0");
  const waits = option === "-c" && !/(?<![&>])&(?![&>])/.test(text);
  return waits && isNpm(npm) ? () => process.ppid !== parent || parentOf(parent) !== npm : undefined;
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
const npmHasEnded = watchOnNpm();  // before the server runs, whose user may end npm at once
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
if (npmHasEnded) setInterval(() => npmHasEnded() && child.kill("SIGTERM"), NPM_WATCH_MS);
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of SIGNALS) process.removeAllListeners(name);
  if (signal === "SIGKILL" || SIGNALS.includes(signal)) process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
});

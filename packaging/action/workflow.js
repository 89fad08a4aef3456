"use strict";

// What a step of a GitHub workflow reads and writes: variables, and files that variables name.

const fs = require("node:fs");

const STATE = ["url", "folder", "group"];

/** An input of action.yml. */
function input(name) {
  return (process.env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
}

/** Appends `name=value` to the file of a variable: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_STATE. */
function set(variable, name, value) {
  if (/[\r\n]/.test(value)) throw new Error(`${name} has a line break: ${JSON.stringify(value)}`);
  fs.appendFileSync(required(variable), `${name}=${value}\n`);
}

function saveState(state) {
  for (const name of STATE) set("GITHUB_STATE", name, state[name]);
}

/** What saveState saved; undefined when the step ended before. */
function savedState() {
  const state = Object.fromEntries(STATE.map((name) => [name, process.env[`STATE_${name}`]]));
  return STATE.every((name) => state[name]) ? state : undefined;
}

function addSummary(markdown) {
  fs.appendFileSync(required("GITHUB_STEP_SUMMARY"), markdown);
}

/** Ends the step as failed. The text may be anybody's: no line of it is a command to the runner. */
function fail(text) {
  const escaped = text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
  process.stdout.write(`::error title=qamera-mock::${escaped}\n`);
  process.exitCode = 1;
}

function required(variable) {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: this runs as a step of a GitHub workflow`);
  return value;
}

module.exports = { addSummary, fail, input, required, saveState, savedState, set };

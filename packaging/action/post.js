"use strict";

// Asks the server what it found, stops it, writes the job's summary, and fails when the server did.

const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: pause } = require("node:timers/promises");
const { addSummary, fail, input, savedState } = require("./workflow.js");

const MOST_SUMMARY = 200_000;  // GitHub takes 1 MiB a step
const MOST_WAITS = 600;        // of a tenth of a second: the end takes at most --grace, 5 s unless the job says more
const EXPECTED = { expect: [{ noFindings: true }, { noUnmatched: true }] };

async function control(url, method, call, accept, body) {
  const headers = { Accept: accept, "Content-Type": "application/json" };
  const token = process.env.QAMERA_MOCK_ADMIN_TOKEN;
  if (token && token !== "none") headers.Authorization = `Bearer ${token}`;
  const reply = await fetch(`${url}/__admin${call}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await reply.text();
  // 409 and 422 are verdicts.
  if (!reply.ok && ![409, 422].includes(reply.status)) throw new Error(`${call}: ${reply.status} ${text.trim()}`);
  return text;
}

async function stop({ url, group }) {
  try {
    await control(url, "POST", "/shutdown", "application/json");
  } catch (error) {
    process.kill(-Number(group), "SIGKILL");
    throw new Error(`the server could not be told to stop, and was killed: ${error.message}`);
  }
}

/** The server's exit code, once it has ended. */
async function ended(folder) {
  const file = path.join(folder, "code");
  for (let wait = 0; wait < MOST_WAITS; ++wait) {
    if (fs.existsSync(file)) return Number(fs.readFileSync(file, "utf8"));
    await pause(100);
  }
  throw new Error("the server was told to stop, and has not ended within a minute");
}

/** Text as a block of code, whatever is in it. */
function block(text) {
  const shown = text.length > MOST_SUMMARY ? `${text.slice(0, MOST_SUMMARY)}\n... and more` : text.trimEnd();
  const fence = "`".repeat(Math.max(2, ...(shown.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return `${fence}text\n${shown}\n${fence}\n`;
}

/** A line a case of a JUnit report: its name, and whether it passed. */
function cases(junit) {
  const found = junit.matchAll(/<testcase\b([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g);
  const rows = [...found].map(([, attributes, , inside]) => {
    const name = /\bname="([^"]*)"/.exec(attributes)?.[1] ?? "";
    const verdict = /<failure\b/.test(inside) ? "failed" : /<(error|skipped)\b/.test(inside) ? "not decided" : "passed";
    return `| ${name.replace(/\|/g, "\\|")} | ${verdict} |`;
  });
  return `| expectation | verdict |\n| --- | --- |\n${rows.join("\n")}\n`;
}

async function found(url) {
  const report = await control(url, "GET", "/findings", "text/plain");
  const junit = await control(url, "POST", "/verify", "application/xml", EXPECTED);
  const file = input("junit");
  if (file) fs.writeFileSync(file, junit);
  return `${cases(junit)}\n${block(report)}`;
}

async function main() {
  const state = savedState();
  if (!state) return;  // the server did not start, and main.js said why
  let summary = "";
  let problem = "";
  if (!fs.existsSync(path.join(state.folder, "code"))) {
    try {
      summary = await found(state.url);
    } catch (error) {
      problem = `the report is not to be had: ${error.message}`;
    }
    await stop(state);
  } else {
    problem = "the server ended before the job did";
  }
  const code = await ended(state.folder);
  const log = fs.readFileSync(path.join(state.folder, "log"), "utf8").slice(-MOST_SUMMARY);
  if (code > 1 || problem) summary += `\nThe log's end:\n\n${block(log)}`;
  addSummary(`### qamera-mock\n\n${summary}`);
  if (problem || code !== 0) {
    const verdict = code === 1 ? `the client did what fail-on names (${input("fail-on")}): the summary tells`
      : `the server ended with exit code ${code}`;
    fail(problem && code !== 1 ? `${problem}; exit code ${code}: ${log.slice(-2000).trim()}` : problem || verdict);
  }
}

main().catch((error) => fail(error.message));

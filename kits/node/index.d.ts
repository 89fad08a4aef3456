import type { operations } from "./contract";

/** The name of an operation, as rules, patterns and expectations use it. */
export type Operation = keyof operations;
/** Such as `"90s"`, `"1500ms"`, `"2m"`. */
export type Duration = string;
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };

/** Options of `start`: the flags of `qamera-mock serve` in camel case (`--fail-on` is `failOn`). */
export interface StartOptions {
  /** A scenario's name, or a file's path. */
  scenario?: string;
  /** A directory of scenario files. */
  scenarios?: string;
  clock?: "real" | "manual";
  /** Virtual seconds a real second. */
  speed?: number;
  seed?: number;
  auth?: "any" | "listed";
  /** Answer 400 to requests outside the documentation. */
  strict?: boolean;
  /** `stop` throws when any of it occurred. */
  failOn?: ("findings" | "unmatched")[];
  /** A file to append the journal to. */
  record?: string;
  /** Origins whose pages may call the API; `"*"` for all. */
  allowOrigin?: string[];
  /** What the control API asks for; default QAMERA_MOCK_ADMIN_TOKEN. */
  adminToken?: string;
  /** Default 0: a free port. */
  port?: number;
  /** Default true: logs warnings and errors alone. With false the log goes to standard error. */
  quiet?: boolean;
  [flag: string]: string | number | boolean | (string | number)[] | undefined;
}

export interface WorkspaceOptions {
  /** The API key; without it a new one is made. */
  key?: string;
  clock?: "real" | "manual" | { mode?: "real" | "manual"; now?: string; speed?: number };
  /** Credits that are available at the start. */
  credits?: number;
  seed?: number;
}

/** What passing time made happen to a record or key. */
export interface Fired {
  record?: string;
  kind: string;
  from?: string;
  to?: string;
  at: string;
  [member: string]: Json | undefined;
}

export interface Ledger {
  granted: number;
  available: number;
  reserved: number;
  consumed: number;
  refunded: number;
  booked: number;
  entries: { sequence: number; at: string; booking: string; amount: number; available: number }[];
}

/** A rule, as in a scenario file. */
export interface Rule {
  name?: string;
  when?: { operation?: Operation | Operation[]; [member: string]: Json | undefined };
  [member: string]: Json | undefined | { [member: string]: Json | undefined };
}

export interface Finding {
  kind: string;
  pointer: string;
  [member: string]: Json;
}

/** A request of the journal and its reply. */
export interface Entry {
  id: string;
  sequence: number;
  at: string;
  receivedAt: string;
  workspace: string;
  operation: Operation | null;
  request: {
    method: string;
    url: string;
    path: string;
    query: Record<string, Json>;
    headers: Record<string, string | string[]>;
    body: string;
  };
  response: { status: number; headers: Record<string, string | string[]>; body: string };
  findings: Finding[];
  reason?: string;
  durationMicros: number;
  [member: string]: unknown;
}

export interface RequestFilter {
  operation?: Operation;
  status?: number | string;
  path?: string;
  /** Entries of a higher sequence number alone. */
  since?: number;
  /** So many of the newest. */
  limit?: number;
  unmatched?: boolean;
  findings?: boolean;
}

/** Of one kind, such as `{count: {operation: "listModels", exactly: 3}}` or `{noFindings: true}`. */
export interface Expectation {
  name?: string;
  [kind: string]: Json | undefined;
}

/** One API key's sandbox: its own records, credits, clock and journal. */
export interface Workspace {
  /** The server's, without a path: what a client takes as its base URL. */
  readonly url: string;
  readonly id: string;
  /** What a client sends as `X-Api-Key`. */
  readonly key: string;
  readonly clock: {
    /** Stops the clock, at `now` (ISO 8601) if given. */
    manual(now?: string): Promise<{ mode: string; now: string; speed: number; scheduled: number }>;
    advance(target: Duration | { by: Duration } | { to: string }): Promise<{ now: string; fired: Fired[] }>;
    /** Until no job runs any more. */
    untilIdle(): Promise<{ now: string; fired: Fired[] }>;
    /** Until the next thing happens. */
    untilNext(): Promise<{ now: string; fired: Fired[] }>;
  };
  readonly rules: {
    /** Added rules are asked before the scenario's. */
    add(...rules: Rule[]): Promise<{ id: string; name: string }[]>;
  };
  /** The ledger, after a change if one is given. */
  credits(change?: { available: number } | { grant: number }): Promise<Ledger>;
  /** Ends a pending job now. */
  settle(record: string, status?: "DONE" | "FAILED"): Promise<Json>;
  /** The journal, oldest first. */
  requests(filter?: RequestFilter): Promise<Entry[]>;
  /** Throws a VerificationError unless all of it holds, or comes to hold `within` that real time. */
  verify(expectations: Expectation | Expectation[], options?: { within?: Duration }): Promise<void>;
  /** What its requests did that nobody documented, and those that reached no operation, as text for people. */
  findings(): Promise<string>;
  /** Back to the scenario's start, with an empty journal. */
  reset(): Promise<void>;
  /** A copy of its state under another key. */
  fork(options?: { key?: string }): Promise<Workspace>;
}

export interface Server {
  readonly url: string;
  /** Makes a workspace; without a scenario it has the server's. */
  workspace(scenario?: string | { [member: string]: Json }, options?: WorkspaceOptions): Promise<Workspace>;
  /** Stops the server, unless QAMERA_MOCK_URL named it. Throws if it did not end well, as with `failOn`. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port of 127.0.0.1; it ends with `stop` or with this process, however that ends. Where
 * QAMERA_MOCK_URL names a server, that is taken; where QAMERA_MOCK_BINARY names a binary, that is run.
 */
export function start(options?: StartOptions): Promise<Server>;

/** The path of the server's binary. */
export function binaryPath(): string;

/** Something that could not be done: a start that failed, a control call that was refused. */
export class QameraMockError extends Error {
  /** The HTTP status, where the server refused. */
  readonly status?: number;
}

/** `verify` did not pass; the message is the server's report. */
export class VerificationError extends QameraMockError {
  /** `inconclusive` when the journal no longer holds what it takes to tell. */
  readonly verdict: "failed" | "inconclusive";
}

"use strict";

/** Something that could not be done: a start that failed, a control call that was refused. */
class QameraMockError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "QameraMockError";
    if (status !== undefined) this.status = status;
  }
}

/** `verify` did not pass. The message is the server's report. */
class VerificationError extends QameraMockError {
  constructor(message, status) {
    super(message, status);
    this.name = "VerificationError";
    this.verdict = status === 409 ? "inconclusive" : "failed";
  }
}

module.exports = { QameraMockError, VerificationError };

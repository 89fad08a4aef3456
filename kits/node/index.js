"use strict";

const { binaryPath } = require("./lib/binary.js");
const { QameraMockError, VerificationError } = require("./lib/errors.js");
const { start } = require("./lib/server.js");

module.exports = { start, binaryPath, QameraMockError, VerificationError };

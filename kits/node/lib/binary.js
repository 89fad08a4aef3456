"use strict";

const { accessSync, constants, statSync } = require("node:fs");
const { QameraMockError } = require("./errors.js");

const HERE = `${process.platform}-${process.arch}`;
const OTHERWISE =
  "build qamera-mock from source and name the binary in QAMERA_MOCK_BINARY, " +
  "or name a running server, such as the image, in QAMERA_MOCK_URL";

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of the server's binary. Where there is none the error's message is one sentence on what to do. */
function binaryPath() {
  const named = process.env.QAMERA_MOCK_BINARY;
  if (named) {
    if (isProgram(named)) return named;
    throw new QameraMockError(`QAMERA_MOCK_BINARY names no program: "${named}"`);
  }
  const known = Object.keys(require("../package.json").optionalDependencies ?? {});
  const wanted = `@qamera-mock/${HERE}`;
  if (!known.includes(wanted)) {
    throw new QameraMockError(`the package qamera-mock has no binary for ${HERE}: ${OTHERWISE}`);
  }
  let found;
  try {
    found = require.resolve(`${wanted}/bin/qamera-mock`);
  } catch {
    throw new QameraMockError(
      `the package ${wanted} is not installed: install qamera-mock again without --omit=optional, or ${OTHERWISE}`,
    );
  }
  if (isProgram(found)) return found;
  throw new QameraMockError(`"${found}" cannot be executed: install the package ${wanted} again, or ${OTHERWISE}`);
}

module.exports = { binaryPath };

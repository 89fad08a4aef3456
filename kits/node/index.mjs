import kit from "./index.js";

export const { start, binaryPath, QameraMockError, VerificationError } = kit;

// A call of a published client that must be refused, and as what.
import assert from "node:assert/strict";
import { ConnectError } from "@connectrpc/connect";
import { ErrorInfo } from "./interface.mjs";

// The error with which it is; what the test knows of it, it asserts.
export async function refusal(promise) {
  try {
    await promise;
  } catch (thrown) {
    return ConnectError.from(thrown);
  }
  throw new Error("the call was not refused");
}

export async function refused(promise, code, reason) {
  const error = await refusal(promise);
  assert.equal(error.findDetails(ErrorInfo)[0]?.reason, reason, error.message);
  assert.equal(error.code, code);
  return error;
}

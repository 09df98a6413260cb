// A call of a published client that must be refused, and as what.
import assert from "node:assert/strict";
import { ConnectError } from "@connectrpc/connect";
import { ErrorInfo } from "./interface.mjs";

export async function refused(promise, code, reason) {
  try {
    await promise;
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    assert.equal(error.findDetails(ErrorInfo)[0]?.reason, reason, error.message);
    assert.equal(error.code, code);
    return error;
  }
  throw new Error(`the call was not refused: ${reason}`);
}

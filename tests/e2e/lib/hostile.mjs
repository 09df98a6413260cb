// What every refusal must be like, in whatever protocol: the right code, its HTTP status, a reason,
// nothing stored, nothing of the inside told.
import assert from "node:assert/strict";
import { method } from "./interface.mjs";
import { Code, PROTOCOLS, call } from "./wire.mjs";

// REST and Connect; gRPC and gRPC-Web answer 200 and say the code in trailers.
const HTTP = {
  [Code.InvalidArgument]: 400, [Code.FailedPrecondition]: 400, [Code.Unauthenticated]: 401,
  [Code.PermissionDenied]: 403, [Code.NotFound]: 404, [Code.AlreadyExists]: 409,
  [Code.ResourceExhausted]: 429, [Code.Unimplemented]: 501, [Code.Unavailable]: 503,
};

const INSIDES = [
  /\.(?:cc|h|proto):?\d*\b/, /\/(?:tmp|usr|var|etc|home)\//, /std::|absl::|boost|nghttp2/i,
  /rocksdb|\bSELECT\b|column family/i, /stack trace|#\d+ 0x[0-9a-f]+/i,
  /muniment\.store|muniment\.event/,
];

export function assertTight(answer, where) {
  for (const inside of INSIDES) {
    const found = answer.text.replace(/zitadel\/[a-z_/]+\.proto/g, "").match(inside);
    assert.ok(!found, `${where} tells ${found?.[0]}: ${answer.text.slice(0, 400)}`);
  }
}

export function assertRefused(answer, code, { protocol, reason, http }) {
  const where = `${protocol}: HTTP ${answer.http}, ${Code[answer.code]} ${answer.reason} ` +
                `(${answer.message})`;
  assert.equal(Code[answer.code], Code[code], where);
  const expected = http ?? HTTP[code];
  if (!protocol.startsWith("gRPC")) assert.ok([expected].flat().includes(answer.http), where);
  assert.match(answer.reason ?? "", reason ?? /^[a-z_]+(\.[a-z_]+)+$/, where);
  assert.ok(answer.message, where);
  assertTight(answer, where);
}

// The same call over each protocol; `headers` may be a function of it. Without a token it has none.
export async function everywhere(world, name, request, code, { token, headers, ...expected }) {
  for (const protocol of PROTOCOLS) {
    const own = typeof headers === "function" ? headers(protocol) : headers;
    const answer = await call(world.server, method(name), request,
                              { protocol, token, headers: own });
    assertRefused(answer, code, { protocol, ...expected });
  }
}

// Nothing may have been stored by what `work` sends.
export async function storesNothing(world, work) {
  const before = await world.newest();
  await work();
  assert.equal(await world.newest(), before, "an event was stored");
}

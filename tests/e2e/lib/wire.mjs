// Calls made by hand, byte for byte, so that they may be wrong in every way. Whatever the protocol,
// the answer is {http, code, reason, message, details, json, text, headers}: `code` is gRPC's
// number, `text` is all that came over the wire, for what must not stand in it.
import { connect } from "node:http2";
import { fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { ErrorDetail, ErrorInfo, RpcStatus, binding, path, registry } from "./interface.mjs";
import { fetchText } from "./server.mjs";

export const PROTOCOLS = ["gRPC", "gRPC-Web", "Connect", "REST"];

export { Code };

const snake = (name) => name.replace(/[A-Z]/g, (c, i) => (i ? "_" : "") + c.toLowerCase());
const CONNECT_CODES = new Map(Object.entries(Code)
  .filter(([name]) => Number.isNaN(Number(name)))
  .map(([name, code]) => [snake(name), code]));

function bearer(token) {
  return token ? { authorization: `Bearer ${token}` } : {};
}

export function frame(bytes, flags = 0) {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function frames(bytes) {
  const found = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const size = bytes.readUInt32BE(at + 1);
    found.push({ flags: bytes[at], data: bytes.subarray(at + 5, at + 5 + size) });
    at += 5 + size;
  }
  return found;
}

function describe(details) {
  const info = details.find((one) => one.type === ErrorInfo.typeName);
  const published = details.find((one) => one.type === ErrorDetail.typeName);
  return {
    details: details.map((one) => one.type),
    reason: info && fromBinary(ErrorInfo, info.value).reason,
    facts: info && fromBinary(ErrorInfo, info.value).metadata,
    published: published && fromBinary(ErrorDetail, published.value).id,
  };
}

function statusOf(trailers) {
  const status = { code: Number(trailers["grpc-status"]),
                   message: decodeURIComponent(trailers["grpc-message"] ?? "") };
  const details = trailers["grpc-status-details-bin"];
  if (!details) return status;
  const packed = fromBinary(RpcStatus, Buffer.from(details, "base64")).details;
  const unpack = ({ typeUrl, value }) => ({ type: typeUrl.split("/").pop(), value });
  return { ...status, ...describe(packed.map(unpack)) };
}

function answerOf(schema, messages) {
  return schema && messages.length
    ? toJson(schema, fromBinary(schema, messages[0]), { registry }) : undefined;
}

// `raw` is the body as it goes out; else `bytes` is put into a frame.
export function callGrpc(server, { path: at, bytes, raw, token, headers = {}, output }) {
  return new Promise((resolve, reject) => {
    const session = connect(server.url, { ca: server.tls?.ca });
    const end = (finish, value) => {
      session.destroy();
      finish(value);
    };
    session.once("error", (error) => end(reject, error));
    const { ":authority": authority, ...more } = headers;
    const stream = session.request({
      ":method": "POST", ":path": at, ...(authority ? { ":authority": authority } : {}),
      "content-type": "application/grpc", te: "trailers", ...bearer(token), ...more,
    });
    stream.setTimeout(30e3, () => end(reject, new Error(`no answer to ${at}`)));
    const all = { head: {}, trailers: {}, chunks: [] };
    stream.on("response", (head) => (all.head = head));
    stream.on("trailers", (trailers) => (all.trailers = trailers));
    stream.on("data", (chunk) => all.chunks.push(chunk));
    // The server may answer and reset before it has read all.
    stream.on("error", (error) => (all.error = error));
    stream.on("close", () => {
      const trailers = { ...all.head, ...all.trailers };
      if (trailers["grpc-status"] === undefined && (all.error || !all.head[":status"])) {
        return end(reject, all.error ?? new Error(`${at} was not answered`));
      }
      const body = Buffer.concat(all.chunks);
      const messages = frames(body).map((one) => one.data);
      end(resolve, { http: all.head[":status"], headers: all.head, ...statusOf(trailers),
                     json: answerOf(output, messages), messages,
                     text: JSON.stringify(trailers) + body.toString("latin1") });
    });
    stream.end(raw ?? frame(Buffer.from(bytes)));
  });
}

export async function callGrpcWeb(server, { path: at, bytes, raw, token, headers, output }) {
  const answer = await fetchText(server, {
    method: "POST", path: at, body: raw ?? frame(Buffer.from(bytes)),
    headers: { "content-type": "application/grpc-web+proto", ...bearer(token), ...headers },
  });
  const parts = frames(answer.bytes);
  const last = parts.find((one) => one.flags & 0x80)?.data.toString() ?? "";
  const trailers = Object.fromEntries(last.split("\r\n").filter(Boolean).map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const messages = parts.filter((one) => !(one.flags & 0x80)).map((one) => one.data);
  return { http: answer.status, headers: answer.headers,
           ...statusOf({ ...answer.headers, ...trailers }), json: answerOf(output, messages),
           text: JSON.stringify(answer.headers) + answer.bytes.toString("latin1") };
}

export async function callConnect(server, { path: at, bytes, json, raw, token, headers, output }) {
  const binary = json === undefined && raw === undefined;
  const answer = await fetchText(server, {
    method: "POST", path: at, body: raw ?? (binary ? Buffer.from(bytes) : json),
    headers: { "content-type": `application/${binary ? "proto" : "json"}`,
               "connect-protocol-version": "1", ...bearer(token), ...headers },
  });
  const result = { http: answer.status, headers: answer.headers, code: 0,
                   text: JSON.stringify(answer.headers) + answer.text };
  if (answer.status === 200) {
    const body = binary ? answerOf(output, [answer.bytes]) : JSON.parse(answer.text);
    return { ...result, json: body };
  }
  const error = parse(answer.text);
  const details = (error.details ?? []).map(({ type, value }) =>
    ({ type, value: Buffer.from(value, "base64") }));
  return { ...result, code: CONNECT_CODES.get(error.code), message: error.message,
           ...describe(details) };
}

export async function callRest(server, { verb, path: at, json, raw, token, headers }) {
  const body = raw ?? json;
  const answer = await fetchText(server, {
    method: verb, path: at, body,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }),
               ...bearer(token), ...headers },
  });
  const result = { http: answer.status, headers: answer.headers, code: 0,
                   text: JSON.stringify(answer.headers) + answer.text };
  const parsed = parse(answer.text);
  if (answer.status === 200 || answer.status === 201) return { ...result, json: parsed };
  const details = (parsed.details ?? []).map((one) => {
    const type = one["@type"].split("/").pop();
    const { "@type": _, ...value } = one;
    const schema = registry.getMessage(type);
    return { type, value: toBinary(schema, fromJson(schema, value, { registry })) };
  });
  return { ...result, code: parsed.code, message: parsed.message, ...describe(details) };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

// The URL, and what is left for the body or the query, of a request by the method's binding.
export function restRequest(method, request) {
  const { verb, template, body } = binding(method);
  const rest = structuredClone(request);
  const at = template.replace(/\{([^}=]+)[^}]*\}/g, (_, name) => {
    const steps = name.split(".").map((word) => word.replace(/_(.)/g, (__, c) => c.toUpperCase()));
    const holder = steps.slice(0, -1).reduce((one, step) => (one[step] ??= {}), rest);
    const value = holder[steps.at(-1)] ?? "none";
    delete holder[steps.at(-1)];
    return encodeURIComponent(value);
  });
  if (body) return { verb, path: at, json: JSON.stringify(rest) };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) {
    for (const one of [value].flat()) query.append(name, one);
  }
  return { verb, path: query.size ? `${at}?${query}` : at };
}

// One call of a method with a request in JSON's names, over any of PROTOCOLS.
export function call(server, method, request, { token, headers, protocol = "gRPC" } = {}) {
  const common = { token, headers, output: method.output };
  if (protocol === "REST") return callRest(server, { ...restRequest(method, request), ...common });
  const bytes = toBinary(method.input, fromJson(method.input, request, { registry }));
  const send = { gRPC: callGrpc, "gRPC-Web": callGrpcWeb, Connect: callConnect }[protocol];
  return send(server, { path: path(method), bytes, ...common });
}

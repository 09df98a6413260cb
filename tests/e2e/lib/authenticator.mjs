// An authenticator and the browser before it, as far as WebAuthn Level 3 makes them: ES256, no
// attestation, a resident credential that makes sure of its person.
import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";

const web = (bytes) => Buffer.from(bytes).toString("base64url");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const uint16 = (number) => Buffer.from([number >> 8, number & 255]);

const PRESENT = 0x01, VERIFIED = 0x04, ATTESTED = 0x40;

export class SoftwareAuthenticator {
  constructor({ scheme = "http" } = {}) {
    this.scheme = scheme;
    this.id = randomBytes(16);
    this.key = generateKeyPairSync("ec", { namedCurve: "P-256" });
  }

  #clientData(type, challenge) {
    const origin = `${this.scheme}://${this.rpId}`;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  #answer(response) {
    return { id: web(this.id), rawId: web(this.id), type: "public-key", response };
  }

  // COSE_Key (RFC 9053 section 7.1): EC2, ES256, P-256, both coordinates.
  #coseKey() {
    const { x, y } = this.key.publicKey.export({ format: "jwk" });
    return Buffer.concat([Buffer.from("a5010203262001215820", "hex"), Buffer.from(x, "base64url"),
                          Buffer.from("225820", "hex"), Buffer.from(y, "base64url")]);
  }

  create(options) {
    this.rpId = options.rp.id;
    this.handle = options.user.id;
    const data = Buffer.concat([
      sha256(this.rpId), Buffer.from([PRESENT | VERIFIED | ATTESTED]), Buffer.alloc(4),
      Buffer.alloc(16), uint16(this.id.length), this.id, this.#coseKey(),
    ]);
    const attestation = Buffer.concat([
      Buffer.from("a363666d74646e6f6e656761747453746d74a068617574684461746159", "hex"),
      uint16(data.length), data,
    ]);
    return this.#answer({ clientDataJSON: web(this.#clientData("webauthn.create", options.challenge)),
                          attestationObject: web(attestation), transports: ["internal"] });
  }

  get(options) {
    const data = Buffer.concat(
      [sha256(this.rpId), Buffer.from([PRESENT | VERIFIED]), Buffer.alloc(4)]);
    const client = this.#clientData("webauthn.get", options.challenge);
    const signature = createSign("SHA256").update(Buffer.concat([data, sha256(client)]))
      .sign(this.key.privateKey);
    return this.#answer({ clientDataJSON: web(client), authenticatorData: web(data),
                          signature: web(signature), userHandle: this.handle });
  }
}

// node:crypto: seeded randomness and SHA-256.
import host from "alchemy:host";
import { nodeModule } from "alchemy:inert";

export const { randomUUID, getRandomValues } = globalThis.crypto;
export const randomBytes = (size) => Buffer.from(getRandomValues(new Uint8Array(size)));

class Sha256 {
  #parts = [];
  update(data) {
    this.#parts.push(typeof data === "string" ? Buffer.from(data) : Buffer.from(data));
    return this;
  }
  digest(encoding) {
    const bytes = Buffer.from(host.sha256(Array.from(Buffer.concat(this.#parts))));
    return encoding === undefined ? bytes : bytes.toString(encoding);
  }
}
export const createHash = (algorithm) => {
  if (String(algorithm).toLowerCase().replace("-", "") !== "sha256") {
    throw new host.Refused(`node:crypto createHash("${algorithm}")`, "createHash(\"sha256\") works while planning");
  }
  return new Sha256();
};
export const webcrypto = globalThis.crypto;
export default nodeModule("node:crypto", { createHash, getRandomValues, randomBytes, randomUUID, webcrypto });

// Buffer, as far as texts and bytes go.
export default function (host) {
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const binary = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const url = (text) => text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const fromBinary = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0) & 255);

  class Buffer extends Uint8Array {
    static from(source, encoding = "utf8") {
      if (typeof source !== "string") return new Buffer(source instanceof ArrayBuffer ? source : Array.from(source));
      return new Buffer(Buffer.#decode(source, String(encoding).toLowerCase()));
    }
    static #decode(text, encoding) {
      switch (encoding) {
        case "utf8":
        case "utf-8":
          return new TextEncoder().encode(text);
        case "hex":
          return (text.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
        case "base64":
        case "base64url":
          return fromBinary(atob(text.replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "")));
        case "latin1":
        case "binary":
        case "ascii":
          return fromBinary(text);
        default:
          throw new TypeError(`Unknown encoding: ${encoding}`);
      }
    }
    static alloc(size, fill = 0) {
      return new Buffer(size).fill(fill);
    }
    static allocUnsafe(size) {
      return new Buffer(size);
    }
    static byteLength(source, encoding) {
      return typeof source === "string" ? Buffer.from(source, encoding).length : source.byteLength;
    }
    static concat(list) {
      const all = Buffer.alloc(list.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of list) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    }
    static isBuffer(value) {
      return value instanceof Buffer;
    }
    toString(encoding = "utf8") {
      switch (String(encoding).toLowerCase()) {
        case "utf8":
        case "utf-8":
          return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this);
        case "hex":
          return hex(this);
        case "base64":
          return btoa(binary(this));
        case "base64url":
          return url(btoa(binary(this)));
        case "latin1":
        case "binary":
        case "ascii":
          return binary(this);
        default:
          throw new TypeError(`Unknown encoding: ${encoding}`);
      }
    }
    toJSON() {
      return { type: "Buffer", data: Array.from(this) };
    }
    equals(other) {
      return this.length === other.length && this.every((byte, i) => byte === other[i]);
    }
  }
  host.define("Buffer", Buffer);
}

// URL and URLSearchParams; the parsing itself is the host's.
export default function (host) {
  const encode = (text) =>
    encodeURIComponent(text).replace(/%20/g, "+").replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const decode = (text) => {
    const spaced = text.replace(/\+/g, " ");
    try {
      return decodeURIComponent(spaced);
    } catch {
      return spaced;
    }
  };

  class URLSearchParams {
    #list = [];
    #changed = () => undefined;
    constructor(init = "", changed) {
      if (changed !== undefined) this.#changed = changed;
      if (typeof init === "string") this.#parse(init);
      else if (init !== null && typeof init[Symbol.iterator] === "function") {
        for (const [key, value] of init) this.#list.push([String(key), String(value)]);
      } else for (const key of Object.keys(init ?? {})) this.#list.push([key, String(init[key])]);
    }
    #parse(text) {
      for (const pair of text.replace(/^\?/, "").split("&")) {
        if (pair === "") continue;
        const at = pair.indexOf("=");
        this.#list.push(at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]);
      }
    }
    get size() {
      return this.#list.length;
    }
    append(key, value) {
      this.#list.push([String(key), String(value)]);
      this.#changed();
    }
    delete(key, value) {
      this.#list = this.#list.filter(([k, v]) => k !== String(key) || (value !== undefined && v !== String(value)));
      this.#changed();
    }
    get(key) {
      return this.#list.find(([k]) => k === String(key))?.[1] ?? null;
    }
    getAll(key) {
      return this.#list.filter(([k]) => k === String(key)).map(([, value]) => value);
    }
    has(key, value) {
      return this.#list.some(([k, v]) => k === String(key) && (value === undefined || v === String(value)));
    }
    set(key, value) {
      const at = this.#list.findIndex(([k]) => k === String(key));
      if (at < 0) return this.append(key, value);
      this.#list = this.#list.filter(([k], i) => i <= at || k !== String(key));
      this.#list[at] = [String(key), String(value)];
      this.#changed();
    }
    sort() {
      this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }
    forEach(f, self) {
      for (const [key, value] of this.#list) f.call(self, value, key, this);
    }
    keys() {
      return this.#list.map(([key]) => key)[Symbol.iterator]();
    }
    values() {
      return this.#list.map(([, value]) => value)[Symbol.iterator]();
    }
    entries() {
      return this.#list.map(([key, value]) => [key, value])[Symbol.iterator]();
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#list.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
    }
  }

  const parts = ["href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

  class URL {
    #parts;
    #params;
    constructor(url, base) {
      const answer = host.parseUrl(String(url), base === undefined ? undefined : String(base));
      if (answer === undefined) {
        throw Object.assign(new TypeError(`Invalid URL: ${url}`), { input: String(url) });
      }
      this.#parts = JSON.parse(answer);
    }
    static canParse(url, base) {
      return host.parseUrl(String(url), base === undefined ? undefined : String(base)) !== undefined;
    }
    static parse(url, base) {
      return URL.canParse(url, base) ? new URL(url, base) : null;
    }
    static part(self, name) {
      return self.#parts[name];
    }
    static change(self, name, value) {
      const answer = host.changeUrl(self.#parts.href, name, String(value));
      if (answer === undefined) {
        if (name === "href") throw new TypeError(`Invalid URL: ${value}`);
        return;
      }
      self.#parts = JSON.parse(answer);
      if (name === "search" || name === "href") self.#params = undefined;
    }
    get origin() {
      return this.#parts.origin;
    }
    get searchParams() {
      this.#params ??= new URLSearchParams(this.#parts.search, () => {
        const params = this.#params;
        change(this, "search", params.toString());
        this.#params = params;
      });
      return this.#params;
    }
    toString() {
      return this.#parts.href;
    }
    toJSON() {
      return this.#parts.href;
    }
  }
  const { part, change } = URL;
  delete URL.part;
  delete URL.change;
  for (const name of parts) {
    Object.defineProperty(URL.prototype, name, {
      get() {
        return part(this, name);
      },
      set(value) {
        change(this, name, value);
      },
      configurable: true,
      enumerable: true,
    });
  }
  host.define("URL", URL);
  host.define("URLSearchParams", URLSearchParams);
}

// node:events
import { nodeModule } from "alchemy:inert";

export class EventEmitter {
  #listeners = new Map();
  on(name, listener) {
    this.#listeners.set(name, [...this.listeners(name), listener]);
    return this;
  }
  addListener(name, listener) {
    return this.on(name, listener);
  }
  once(name, listener) {
    const wrapped = (...args) => {
      this.off(name, wrapped);
      listener.apply(this, args);
    };
    return this.on(name, wrapped);
  }
  off(name, listener) {
    this.#listeners.set(name, this.listeners(name).filter((known) => known !== listener));
    return this;
  }
  removeListener(name, listener) {
    return this.off(name, listener);
  }
  removeAllListeners(name) {
    if (name === undefined) this.#listeners.clear();
    else this.#listeners.delete(name);
    return this;
  }
  emit(name, ...args) {
    const listeners = this.listeners(name);
    if (listeners.length === 0 && name === "error") throw args[0];
    for (const listener of listeners) listener.apply(this, args);
    return listeners.length > 0;
  }
  listeners(name) {
    return this.#listeners?.get(name) ?? [];
  }
  listenerCount(name) {
    return this.listeners(name).length;
  }
  setMaxListeners() {
    return this;
  }
}
export default nodeModule("node:events", Object.assign(EventEmitter, { EventEmitter }));

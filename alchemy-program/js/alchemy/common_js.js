// Packages written for `require`: run as functions, what they export is the module's default and its names.

export const commonJs = (required, filename, dirname, source) => {
  const module = { exports: {}, filename, id: filename, loaded: false };
  const require = (name) => {
    if (!Object.hasOwn(required, name)) {
      throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
    }
    return required[name]();
  };
  const run = new Function("exports", "require", "module", "__filename", "__dirname", source);
  run.call(module.exports, module.exports, require, module, filename, dirname);
  module.loaded = true;
  return module.exports;
};

// What the program's thread offers to the library; taken from the global object before any other module runs.
const host = globalThis.__alchemyHost;
delete globalThis.__alchemyHost;
export default host;

// node:process
const { process } = globalThis;
export const { argv, cwd, env, exit, hrtime, nextTick, platform, versions } = process;
export default process;

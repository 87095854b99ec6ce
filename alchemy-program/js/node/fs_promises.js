// node:fs/promises
import { promises } from "node:fs";

export const { readFile, readdir, stat } = promises;
export default promises;

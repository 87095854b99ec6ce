// node:buffer
import { nodeModule } from "alchemy:inert";

export const { Buffer, atob, btoa } = globalThis;
export default nodeModule("node:buffer", { Buffer, atob, btoa });

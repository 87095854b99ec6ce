// node:url
import { nodeModule } from "alchemy:inert";

export const fileURLToPath = (url) => {
  const { protocol, pathname } = typeof url === "string" ? new globalThis.URL(url) : url;
  if (protocol !== "file:") throw new TypeError("The URL must be of scheme file");
  return decodeURIComponent(pathname);
};
export const pathToFileURL = (path) =>
  new globalThis.URL(`file://${path.split("/").map(encodeURIComponent).join("/")}`);
const { URL, URLSearchParams } = globalThis;
export { URL, URLSearchParams };
export default nodeModule("node:url", { URL, URLSearchParams, fileURLToPath, pathToFileURL });

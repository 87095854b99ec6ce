export { destroy, retain } from "alchemy:scope";

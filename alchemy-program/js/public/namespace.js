export { Namespace, Namespace as default, push } from "alchemy:scope";

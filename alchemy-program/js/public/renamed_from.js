export { renamedFrom, renamedFrom as default } from "alchemy:scope";

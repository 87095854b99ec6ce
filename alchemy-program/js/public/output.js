export { stackRef } from "alchemy:reference";
export { all, interpolate, isOutput, literal, map, of, succeed } from "alchemy:output";

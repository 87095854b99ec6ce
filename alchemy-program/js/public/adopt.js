export { adopt, adopt as default } from "alchemy:scope";

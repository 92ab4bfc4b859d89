import { start } from "../field/app.js";

start();

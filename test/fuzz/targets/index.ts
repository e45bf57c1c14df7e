import type { Target } from "../target.ts";
import { associations } from "./associations.ts";
import { cookie } from "./cookie.ts";
import { decoder } from "./decoder.ts";
import { noAssociation } from "./no-association.ts";
import { sockets } from "./sockets.ts";

export const targets: readonly Target[] = [decoder, noAssociation, cookie, ...associations, sockets];

import type { AssociationEvent } from "../association/events.ts";
import type { Association } from "./endpoint.ts";

/** An event of one of the stack's associations. */
export type StackEvent = AssociationEvent & { readonly association: Association };

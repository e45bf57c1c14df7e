/** `util.inspect.custom` and `events.captureRejectionSymbol` by their registered names, as constants that can be
 * member names in declarations. */
export const inspectCustom: unique symbol = Symbol.for("nodejs.util.inspect.custom");
export const onRejection: unique symbol = Symbol.for("nodejs.rejection");

/** Delivers an event of the core to its association. Not for users. */
export const onCoreEvent: unique symbol = Symbol("usctp.onCoreEvent");

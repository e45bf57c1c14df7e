/**
 * Gives a class a method under a symbol that is not one of the language's. Written as a member, its name could not
 * stand in declarations that are made file by file.
 */
export function defineMember<T extends object>(
  prototype: T,
  name: symbol,
  method: (this: T, ...args: never[]) => unknown,
): void {
  Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
}

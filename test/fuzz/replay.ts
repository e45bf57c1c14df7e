import { readFileSync } from "node:fs";

const HEX = /^(?:[0-9a-f]{2})*$/i;

/** The bytes that `--replay` names: hexadecimal ones, or a file of such. Throws where it is neither. */
export function bytesNamed(what: string): Uint8Array {
  if (HEX.test(what)) return Buffer.from(what, "hex");
  let text: string;
  try {
    text = readFileSync(what, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new Error(`--replay takes a file or hexadecimal bytes; "${what}" is neither`);
    throw new Error(`--replay cannot read "${what}": ${code}`);
  }
  if (!HEX.test(text)) throw new Error(`--replay takes a file of hexadecimal bytes; "${what}" has others`);
  return Buffer.from(text, "hex");
}

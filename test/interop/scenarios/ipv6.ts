import type { Scenario } from "../matrix.ts";
import { echo } from "./echo.ts";

export const ipv6Scenario: Scenario = {
  name: "ipv6",
  title: "IPv6: the same echo over ::1",
  limit: 20_000,
  async run(context) {
    await echo(context, { addresses: ["::1"] });
    return "";
  },
};

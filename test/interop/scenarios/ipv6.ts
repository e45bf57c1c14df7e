import type { Scenario } from "../matrix.ts";
import { echo, everySize } from "./echo.ts";

export const ipv6Scenario: Scenario = {
  name: "ipv6",
  title: "IPv6: the same echo over ::1",
  limit: 20_000,
  async run(context) {
    return echo(context, everySize(context, "ordered"), { addresses: ["::1"] });
  },
};

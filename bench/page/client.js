/* global Plot, report */

const WIDTH = 1_050;
const ROW = 17;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const short = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });

/** Bars of medians with whiskers from the least to the most, under a heading a point. `reference`: a line there. */
function bars(rows, title, reference) {
  const points = [...new Set(rows.map(({ point }) => point))];
  const keyed = rows.map((row) => ({ ...row, key: `${row.point}\n${row.series}` }));
  const domain = points.flatMap((point) => [
    point,
    ...keyed.filter((row) => row.point === point).map(({ key }) => key),
  ]);
  const least = Math.min(...rows.map(({ median }) => median));
  const most = Math.max(...rows.map(({ max }) => max));
  // What differs by orders of magnitude is told apart on a logarithmic scale only.
  const logarithmic = least > 0 && most / least > 50;
  const from = logarithmic ? 10 ** Math.floor(Math.log10(least)) : Math.min(0, least);
  return Plot.plot({
    width: WIDTH,
    height: 60 + domain.length * ROW,
    marginLeft: 230,
    marginRight: 40,
    marginTop: 30,
    style: { background: "transparent", fontSize: "12px" },
    x: {
      label: title,
      axis: "top",
      grid: true,
      type: logarithmic ? "log" : "linear",
      domain: [from, most],
      ...(logarithmic ? { ticks: 6 } : {}),
      tickFormat: short,
    },
    y: {
      domain,
      label: null,
      tickSize: 0,
      padding: 0.15,
      tickFormat: (key) => key.split("\n")[1] ?? "",
    },
    color: { domain: [...new Set(rows.map(({ series }) => series))], scheme: "Tableau10" },
    marks: [
      Plot.text(points, {
        x: from,
        y: (point) => point,
        text: (point) => point,
        textAnchor: "start",
        fontWeight: 600,
      }),
      Plot.barX(keyed, {
        x1: from,
        x2: "median",
        y: "key",
        fill: "series",
        tip: true,
        title: ({ point, series, median, min, max }) =>
          `${point}\n${series}: ${short(median)} (${short(min)} to ${short(max)})`,
      }),
      Plot.ruleY(keyed, { x1: "min", x2: "max", y: "key", stroke: "currentColor" }),
      ...(reference === undefined ? [] : [Plot.ruleX([reference], { strokeDasharray: "4 3" })]),
    ],
  });
}

function line(name, list) {
  return element("tr", {}, ...list.map((text) => element(name, { textContent: text })));
}

function tableOf(rows) {
  return element(
    "details",
    {},
    element("summary", { textContent: "in figures" }),
    element(
      "table",
      {},
      line("th", ["", "", "median", "least", "most"]),
      ...rows.map(({ point, series, median, min, max }) =>
        line("td", [point, series, short(median), short(min), short(max)]),
      ),
    ),
  );
}

function section({ name, title, rounds, notes, metrics, failed }) {
  const made = element("section", { id: name }, element("h2", { textContent: title }));
  const how = `Medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}; whiskers from the least to the most.`;
  for (const note of [how, ...notes]) made.append(element("p", { className: "notes", textContent: note }));
  for (const { label, better, detail, figures, ratios } of metrics) {
    if (figures.length === 0) continue;
    made.append(element("h3", { textContent: label }));
    if (detail !== true) made.append(element("figure", {}, bars(figures, label)));
    made.append(tableOf(figures));
    if (ratios.length === 0) continue;
    const of = `ratio of ${label} (${better === "less" ? "less" : "more"} is better)`;
    made.append(element("figure", {}, bars(ratios, of, 1)), tableOf(ratios));
  }
  for (const text of failed) made.append(element("p", { textContent: text }));
  return made;
}

for (const text of report.warnings) {
  document.querySelector("#warnings").append(element("li", { textContent: text }));
}
const { columns, rows } = report.headlines;
if (rows.length > 0) {
  const table = element("table", {}, line("th", columns), ...rows.map((row) => line("td", row)));
  document
    .querySelector("#findings")
    .append(element("section", {}, element("h2", { textContent: "Aims" }), table));
}
for (const findings of report.findings) {
  const link = element("a", { href: `#${findings.name}`, textContent: findings.title });
  document.querySelector("#contents").append(link);
  document.querySelector("#findings").append(section(findings));
}

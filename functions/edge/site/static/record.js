// The page of the public record: what GET /api/v1/performance says, drawn.

import { ageOf, make, percent, read, signed, table } from "./page.js";

const WIDTH = 640;
const HEIGHT = 300;
const EDGE = { left: 52, right: 36, top: 12, bottom: 28 };
const TICKS = 5;

function shape(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** From [low, high] of the data to the drawing's own units; a span of nothing is made a little wide. */
function scale([low, high], [from, to]) {
  const span = high - low || 1;
  return (x) => from + ((x - low) / span) * (to - from);
}

const extent = (values) => [Math.min(...values), Math.max(...values)];
const steps = ([low, high]) => Array.from({ length: TICKS }, (_, i) => low + (i * (high - low)) / (TICKS - 1));

/** An empty chart over the spans of x and y: its picture, what places a point, and room for marks. */
function chart(words, spanX, spanY, textX, textY) {
  const x = scale(spanX, [EDGE.left, WIDTH - EDGE.right]);
  const y = scale(spanY, [HEIGHT - EDGE.bottom, EDGE.top]);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": words });
  for (const value of steps(spanY)) {
    svg.append(
      shape("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value), class: "grid" }),
      shape("text", { x: EDGE.left - 6, y: y(value) + 4, class: "tick end" }, textY(value)));
  }
  for (const value of steps(spanX)) {
    svg.append(shape("text", { x: x(value), y: HEIGHT - 8, class: "tick middle" }, textX(value)));
  }
  return { svg, x, y };
}

const figure = (title, note, svg) =>
  make("section", { className: "figure" }, make("h2", {}, title), svg, make("p", { className: "note" }, note));

const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}`;
const line = (points, kind) => shape("path", { d: path(points), class: `curve ${kind}` });

function calibration({ calibration: bins }) {
  if (bins.length === 0) return null;
  const { svg, x, y } = chart("Predicted probability against observed frequency", [0, 1], [0, 1], percent, percent);
  svg.append(shape("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), class: "curve theirs" }));
  for (const bin of bins) {
    const words = `told ${percent(bin.told)}, happened ${percent(bin.happened)}, `
      + `${percent(bin.low)} to ${percent(bin.high)}, n ${bin.n}`;
    svg.append(
      shape("line", { x1: x(bin.told), x2: x(bin.told), y1: y(bin.low), y2: y(bin.high), class: "spread" }),
      shape("circle", { cx: x(bin.told), cy: y(bin.happened), r: 4, class: "dot" }, shape("title", {}, words)));
  }
  return figure("Calibration", "Probability told (across) and how often it happened (up), with its interval. "
    + "On the broken line every probability comes true as often as it says.", svg);
}

function overTime(timeline, words, curves, textY) {
  const days = timeline.map(({ day }) => Date.parse(day));
  const values = curves.flatMap(({ of }) => timeline.map(of)).filter((value) => value !== null);
  const textX = (time) => new Date(time).toISOString().slice(0, 10);
  const { svg, x, y } = chart(words, extent(days), extent(values), textX, textY);
  for (const { of, kind } of curves) {
    const points = timeline.flatMap((point, i) => (of(point) === null ? [] : [[x(days[i]), y(of(point))]]));
    if (points.length) svg.append(line(points, kind));
  }
  return svg;
}

/** The first days swing too far to be seen beside the others. */
const SETTLING = 50;

function losses({ timeline }) {
  const shown = timeline.filter(({ n }) => n >= SETTLING);
  if (shown.length < 2) return null;
  const svg = overTime(shown, "Log loss over time", [
    { of: (point) => point.closing_log_loss, kind: "theirs" },
    { of: (point) => point.log_loss, kind: "ours" },
  ], (value) => value.toFixed(3));
  return figure("Log loss", `Mean of all settled matches so far, from the ${SETTLING}th on; broken: the closing odds.`, svg);
}

function profit({ timeline, all }) {
  if (all.bets === null || timeline.length < 2) return null;
  const svg = overTime(timeline, "Profit over time", [{ of: (point) => point.profit_units, kind: "ours" }],
    (value) => plain(value, 0));
  return figure("Profit of value bets", "In units, one staked on each, on paper.", svg);
}

const interval = (low, high, text) => (low === null ? "–" : `${text(low)} to ${text(high)}`);
const four = (x) => (x === null || x === undefined ? "–" : x.toFixed(4));
const plain = (x, digits) => x.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−");
const gap = (versus) => (versus ? `${versus.difference > 0 ? "+" : ""}${plain(versus.difference, 4)}` : "–");
const share = (x) => `${signed(x)}%`;

function predictions(record, names) {
  const rows = slices(record, names).filter(([, { predictions: p }]) => p).map(([name, { predictions: p }]) => [
    name, `${p.n}`, four(p.log_loss), gap(p.against_early_odds), gap(p.against_closing_odds),
    four(p.brier), four(p.rps), `${(100 * p.accuracy).toFixed(1)}%`,
  ]);
  if (rows.length === 0) return make("p", { className: "note" }, record.unknown["all.predictions"] ?? "Not known.");
  return table("Settled predictions; log loss less the market's when sealed, and at the close",
    ["", "Matches", "Log loss", "− early", "− close", "Brier", "RPS", "Accuracy"], rows);
}

function bets(record, names) {
  const rows = slices(record, names).filter(([, { bets: b }]) => b).map(([name, { bets: b }]) => [
    name, `${b.n}`, `${b.won}`, plain(b.profit_units, 1), share(b.roi), interval(b.roi_low, b.roi_high, share),
    b.closing_line_value === null ? "–" : share(b.closing_line_value),
    interval(b.closing_line_value_low, b.closing_line_value_high, share),
  ]);
  if (rows.length === 0) return make("p", { className: "note" }, record.unknown["all.bets"] ?? "Not known.");
  return table("Settled value bets, losses included",
    ["", "Bets", "Won", "Profit", "ROI", "ROI, 95%", "CLV", "CLV, 95%"], rows);
}

/** What watching the models found; a part of which nothing is known says why. */
function models(record) {
  const { drift, population, trial, unknown } = record;
  const rows = drift === null ? [] : [
    ["Accuracy", shown(drift.accuracy), shown(drift.promised_accuracy)],
    ["Log loss", shown(drift.log_loss), shown(drift.promised_log_loss)],
    ["Log loss less the market's", shown(drift.against_market), shown(drift.promised_against_market)],
  ];
  const notes = [
    drift === null ? `Drift: ${unknown.drift}` : `Model ${drift.bundle}: ${drift.because}.`,
    population === null ? `Population: ${unknown.population}` : population.because + farthest(population),
    trial === null ? unknown.trial : `${trial.challenger} against ${trial.production}: ${trial.verdict}${between(trial)}`,
  ];
  const told = notes.map((note) => make("p", { className: "note" }, note));
  const words = drift === null ? null : `The newest ${drift.n} settled of model ${drift.bundle}, beside what it promised`;
  const seen = words === null ? [] : [table(words, ["", "Now", "Promised"], rows)];
  return make("section", { className: "figure" }, make("h2", {}, "The model in production"), ...seen, ...told);
}

const shown = (x) => (x === null ? "–" : plain(x, 4));
const between = ({ difference, low, high }) =>
  (difference === null ? "" : ` (${plain(difference, 4)}, ${plain(low, 4)} to ${plain(high, 4)})`);
const farthest = ({ index, largest }) => (index === null ? "" : ` Median index ${plain(index, 3)}; farthest: `
  + `${largest.map((one) => `${one.feature} ${plain(one.index, 2)}`).join(", ")}.`);

const slices = (record, names) => [
  ["All", record.all], ...Object.entries(record.by_league).map(([key, slice]) => [names.get(key) ?? key, slice]),
  ...Object.entries(record.by_version).map(([version, slice]) => [`Model ${version}`, slice]),
];

function showBanner(record) {
  const parts = [];
  if (record.simulated) parts.push("Simulated: these leagues, clubs and matches are made up.");
  if (record.rehearsal) parts.push("Rehearsal: a past season was played again.");
  const banner = document.getElementById("banner");
  banner.textContent = parts.join(" ");
  banner.hidden = parts.length === 0;
  const source = document.getElementById("source");
  const head = record.ledger_head === null ? "" : ` · newest entry ${record.ledger_head.slice(0, 16)}…`;
  source.textContent = `${ageOf(record.freshness)} · ${record.sealed} sealed and not settled yet${head}`;
  source.hidden = false;
}

/** League keys → names; the record is whole without them, under the keys. */
async function leagueNames() {
  try {
    const { leagues } = await read("/api/v1/leagues");
    return new Map(leagues.map(({ league }) => [league.key, league.name]));
  } catch (error) {
    console.warn(`Leagues are shown by their keys: ${error.message}`);
    return new Map();
  }
}

async function start() {
  const main = document.getElementById("record");
  try {
    const [record, names] = await Promise.all([read("/api/v1/performance"), leagueNames()]);
    showBanner(record);
    const drawn = [calibration(record), losses(record), profit(record)].filter((part) => part !== null);
    main.replaceChildren(predictions(record, names), bets(record, names), models(record), ...drawn);
  } catch (error) {
    main.replaceChildren(make("p", { className: "fault" }, error.message));
  }
  main.setAttribute("aria-busy", "false");
}

start();

// The page of coming matches. Text from the API is only ever set as text, never as markup.

import { ageOf, make, percent, read, signed, table } from "./page.js";

const SIDES = ["home", "draw", "away"];
const MARKETS = { "1x2": "Result", ou25: "Goals over or under 2.5", ah: "Asian handicap" };

function dayName(day) {
  return new Date(`${day}T12:00:00Z`).toLocaleDateString(undefined, {
    weekday: "long", day: "numeric", month: "long", timeZone: "UTC",
  });
}

function timeOf(match) {
  if (match.kickoff_at === null) return make("span", { className: "time", title: "The time is not known" }, "–");
  const at = new Date(match.kickoff_at);
  const text = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
  return make("time", { className: "time", dateTime: match.kickoff_at, title: at.toString() }, text);
}

/** A segment of less has no room for its label; the words beside the bar have it. */
const LEAST_LABELLED = 0.1;

/** Three segments as wide as the probabilities, with the same said in words. */
function bar(probabilities, match) {
  const words = `${match.home.name} ${percent(probabilities.home)}, draw ${percent(probabilities.draw)}, `
    + `${match.away.name} ${percent(probabilities.away)}`;
  const segments = SIDES.map((side) => {
    const label = probabilities[side] >= LEAST_LABELLED ? percent(probabilities[side]) : "";
    const segment = make("span", { className: side, title: words }, label);
    segment.style.flexGrow = probabilities[side];
    return segment;
  });
  const whole = make("span", { className: "bar" }, ...segments);
  whole.setAttribute("role", "img");
  whole.setAttribute("aria-label", words);
  return whole;
}

const section = (title, ...content) => make("section", {}, make("h4", {}, title), ...content);
const whyNot = (insight, member) => make("p", { className: "note" }, insight.unknown[member] ?? "Not known.");

function outcomeName(outcome, match) {
  return { home: match.home.name, away: match.away.name, draw: "Draw", over: "Over", under: "Under" }[outcome];
}

function goals(insight) {
  const { goals: g, match } = insight;
  if (g === null) return section("Goals", whyNot(insight, "goals"));
  return section("Goals",
    table("Expected goals and totals", ["", ""], [
      [`${match.home.name}, expected`, g.expected_home.toFixed(2)],
      [`${match.away.name}, expected`, g.expected_away.toFixed(2)],
      ["Over 2.5 goals", percent(g.over_2_5)],
      ["Both teams score", percent(g.both_score)],
    ]),
    table("Likeliest scores", ["Score", "Probability"],
      g.top_scores.map((score) => [`${score.home}–${score.away}`, `${(100 * score.probability).toFixed(1)}%`])));
}

function reasons(insight) {
  if (insight.reasons.length === 0) return section("Why", whyNot(insight, "reasons"));
  return section("Why", make("ul", { className: "plain" },
    ...insight.reasons.map((reason) => make("li", {}, reason.text))));
}

function valueBets(insight) {
  if (insight.value_bets.length === 0) return section("Value bets", whyNot(insight, "value_bets"));
  const rows = insight.value_bets.map((bet) => [
    outcomeName(bet.outcome, insight.match), bet.book_name, priceOf(bet), `${signed(bet.edge)}%`,
    make("span", { className: "quality" }, bet.quality), `${(100 * bet.stake_fraction).toFixed(2)}%`,
    ageOf(bet.freshness),
  ]);
  return section("Value bets",
    table("Stake: an eighth of Kelly, as a share of the bankroll",
      ["Outcome", "Book", "Odds", "Edge", "Quality", "Stake", "Price"], rows));
}

/** The price to take as the book shows it, and what it pays where an exchange keeps a share of what is won. */
function priceOf(bet) {
  const shown = bet.quoted_odds.toFixed(2);
  if (bet.commission === 0) return shown;
  return `${shown} (${bet.odds.toFixed(2)} after ${Number((100 * bet.commission).toFixed(2))}% commission)`;
}

function markets(insight) {
  if (insight.markets.length === 0) return section("Odds", whyNot(insight, "markets"));
  const rows = insight.markets.map((view) => [
    view.line === null ? MARKETS[view.market] : `${MARKETS[view.market]} ${view.line > 0 ? "+" : ""}${view.line}`,
    view.book_name,
    view.prices.map((price) => price.odds.toFixed(2)).join(" · "),
    `${(100 * (view.overround - 1)).toFixed(1)}%`,
    ageOf(view.freshness) + (view.freshness.stale ? ", stale" : ""),
  ]);
  return make("details", {}, make("summary", { className: "more" }, `Odds of ${rows.length} markets`),
    table("Decimal odds as the books quote them, an exchange's before its commission", ["Market", "Book", "Odds", "Margin", "Price"], rows));
}

const KNOWLEDGE = {
  with_odds: "with this match's odds",
  past_odds: "with the odds of past matches only",
  no_odds: "without any odds",
};

function insightView(insight) {
  const model = insight.model;
  return make("div", { className: "insight" },
    make("p", { className: "note" },
      `Confidence ${insight.confidence.level.toLowerCase()} · forecast ${KNOWLEDGE[model.knowledge]} by model `
      + `${model.version} · ${ageOf(insight.freshness)}${insight.simulated ? " · simulated" : ""}`),
    make("div", { className: "cards" }, goals(insight), reasons(insight)),
    valueBets(insight),
    markets(insight));
}

/** Loads the insight into the opened row, once; a failure is shown and may be tried again. */
async function open(details, href) {
  if (!details.open || details.dataset.loaded) return;
  details.dataset.loaded = "yes";
  const place = make("div", { className: "insight" }, make("p", { className: "note" }, "Loading…"));
  details.append(place);
  try {
    place.replaceWith(insightView(await read(href)));
  } catch (error) {
    place.replaceWith(make("p", { className: "fault" }, error.message));
    delete details.dataset.loaded;
    details.addEventListener("toggle", () => details.querySelector(".fault")?.remove(), { once: true });
  }
}

function row({ match, probabilities, href }) {
  const teams = make("span", { className: "teams" },
    match.home.name, make("span", { className: "versus" }, " – "), match.away.name);
  const details = make("details", { id: match.id ?? "" },
    make("summary", {}, timeOf(match), teams, bar(probabilities, match)));
  details.addEventListener("toggle", () => open(details, href));
  return make("li", {}, details);
}

/** Groups a list by a key, in the order in which the keys first appear. */
function groups(list, keyOf) {
  const found = new Map();
  for (const item of list) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return found;
}

/** One line on how forecasts of the league did in seasons they had not seen, beside the market's early odds. */
function figuresNote(row) {
  if (row === undefined) return null;
  const { figures: f, figures_unknown_because: because } = row;
  if (f === null) return make("p", { className: "note" }, because);
  const seasons = f.seasons.map((season) => `20${season.slice(0, 2)}/${season.slice(2)}`).join(", ");
  const verdict = f.worse_than_early_odds
    ? "Here the market's own early odds are the better forecast, beyond chance."
    : f.high < 0 ? "Better than the market's early odds, beyond chance." : "No different from the market's early odds, within chance.";
  return make("p", { className: f.worse_than_early_odds ? "note fault" : "note" },
    `Seasons not seen (${seasons}), ${f.n} matches: log loss ${f.log_loss.toFixed(4)}, early odds `
    + `${f.early_odds_log_loss.toFixed(4)}. ${verdict}`);
}

function leagueView([, rows], figures) {
  const { league } = rows[0].match;
  const days = [...groups(rows, (item) => item.match.day)].flatMap(([day, ofDay]) => [
    make("h3", {}, dayName(day)),
    make("ul", { className: "day" }, ...ofDay.map(row)),
  ]);
  const country = league.country.charAt(0).toUpperCase() + league.country.slice(1);
  return make("section", {}, make("h2", {}, league.name, make("small", {}, country)),
    figuresNote(figures.get(league.key)), ...days);
}

function showBanner(list) {
  const parts = [];
  if (list.simulated) parts.push("Simulated: these leagues, clubs and matches are made up.");
  if (list.rehearsal) parts.push(`Rehearsal, as of ${list.freshness.as_of.slice(0, 10)}: nothing later is known here.`);
  if (list.freshness.stale && !list.rehearsal) parts.push(`These numbers are old: ${ageOf(list.freshness)}.`);
  const banner = document.getElementById("banner");
  banner.textContent = parts.join(" ");
  banner.hidden = parts.length === 0;
  const source = document.getElementById("source");
  source.textContent = `${list.count} coming matches by model ${list.model_version} · ${ageOf(list.freshness)}`;
  source.hidden = false;
}

function show(list, chosen, figures) {
  const rows = list.matches.filter(({ match }) => chosen === "" || match.league.key === chosen);
  const main = document.getElementById("matches");
  const content = [...groups(rows, (item) => item.match.league.key)].map((group) => leagueView(group, figures));
  main.replaceChildren(...(content.length ? content : [make("p", { className: "note" }, "No matches are coming here.")]));
  main.setAttribute("aria-busy", "false");
  openLinked();
}

/** Opens the match that the address names after its #, if it is shown. */
function openLinked() {
  const linked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (linked?.tagName === "DETAILS") {
    linked.open = true;
    linked.scrollIntoView();
  }
}

async function start() {
  const main = document.getElementById("matches");
  const choice = document.getElementById("league");
  try {
    const [list, served] = await Promise.all([read("/api/v1/matches"), read("/api/v1/leagues")]);
    const figures = new Map(served.leagues.map((row) => [row.league.key, row]));
    const leagues = groups(list.matches, ({ match }) => match.league.key);
    choice.append(...[...leagues].map(([key, [first]]) => new Option(first.match.league.name, key)));
    choice.addEventListener("change", () => show(list, choice.value, figures));
    showBanner(list);
    show(list, "", figures);
  } catch (error) {
    main.replaceChildren(make("p", { className: "fault" }, error.message));
    main.setAttribute("aria-busy", "false");
  }
}

addEventListener("hashchange", openLinked);
start();

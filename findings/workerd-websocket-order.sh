#!/usr/bin/env bash
# workerd 1.20260730.1: getWebSockets() lists a room's sockets newest first, getWebSockets(tag) oldest first.
#
# Expected: the documentation of Durable Objects describes the second form as the first one filtered by a tag, so
#   both would keep the same order; none is promised.
# Seen: with every socket under one tag the two lists are each other's reverse.
# Cost: code that drops the longest connected when a room is full (sockets[0]) drops the newest reader as soon as
#   somebody adds or removes the tag, and no test with a single socket notices.
# Instead: keep the time of joining in the attachment (serializeAttachment) and sort by it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --silent --no-audit --no-fund miniflare@4.20260730.0
cat > "$work/finding.mjs" <<'JS'
import { Miniflare } from "miniflare";

const script = `
export class Room {
  constructor(state) { this.state = state; }
  fetch() {
    for (const name of ["first", "second", "third"]) {
      const server = new WebSocketPair()[1];
      this.state.acceptWebSocket(server, ["readers"]);
      server.serializeAttachment(name);
    }
    const names = (sockets) => sockets.map((socket) => socket.deserializeAttachment());
    return Response.json([names(this.state.getWebSockets()), names(this.state.getWebSockets("readers"))]);
  }
}
export default { fetch: (request, env) => env.ROOM.get(env.ROOM.idFromName("match")).fetch(request) };
`;
const miniflare = new Miniflare({
  modules: true, script, compatibilityDate: "2026-07-01", durableObjects: { ROOM: "Room" },
});
const [all, tagged] = await (await miniflare.dispatchFetch("http://localhost/")).json();
await miniflare.dispose();
console.log("miniflare 4.20260730.0 with workerd 1.20260730.1");
console.log("expected: both in the same order");
console.log("seen:     getWebSockets()", all.join(", "), "| getWebSockets(tag)", tagged.join(", "));
if (all.join() !== "third,second,first" || tagged.join() !== "first,second,third") {
  console.error("Changed: this finding no longer holds.");
  process.exit(1);
}
JS
node "$work/finding.mjs"

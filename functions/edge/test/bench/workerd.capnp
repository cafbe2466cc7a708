# The Worker on bare workerd, beside one that returns the same bytes at once. ports and files are told by run.ts.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "bare", worker = (modules = [(name = "bare.js", esModule = embed "bare.js")], compatibilityDate = "2026-07-01")),
    (name = "shelf", worker = (modules = [(name = "shelf.js", esModule = embed "shelf.js")], compatibilityDate = "2026-07-01")),
  ],
  sockets = [
    (name = "edge", address = "127.0.0.1:0", http = (), service = "edge"),
    (name = "bare", address = "127.0.0.1:0", http = (), service = "bare"),
  ],
);

const edge :Workerd.Worker = (
  modules = [(name = "edge.js", esModule = embed "edge.js")],
  compatibilityDate = "2026-07-01",
  bindings = [
    (name = "ORIGIN", text = "http://127.0.0.1:9"),
    (name = "ORIGIN_PATHS", text = "/api/ /health /docs /openapi.json"),
    (name = "REQUESTS_PER_MINUTE", text = "1000000000"),
    (name = "ENTRIES", kvNamespace = "shelf"),
    (name = "ASSETS", service = "bare"),
    (name = "PURGES", durableObjectNamespace = "Purges"),
  ],
  durableObjectNamespaces = [(className = "Purges", uniqueKey = "purges", enableSql = true)],
  durableObjectStorage = (inMemory = void),
  cacheApiOutbound = "shelf",
);

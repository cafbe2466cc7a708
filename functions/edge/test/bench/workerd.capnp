# The Worker on bare workerd, beside a worker that returns the same bytes at once. run.ts writes the files it embeds.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "bare", worker = (modules = [(name = "bare.js", esModule = embed "bare.js")], compatibilityDate = "2026-07-01")),
    # Whatever KV is asked for, it has the entry; the Cache API has nothing.
    (name = "kv", worker = (modules = [(name = "kv.js", esModule = embed "kv.js")], compatibilityDate = "2026-07-01")),
    (name = "nothing", disk = (path = "nothing")),
    (name = "objects", disk = (path = "objects", writable = true)),
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
    # VARIABLES
    (name = "ENTRIES", kvNamespace = "kv"),
    (name = "ASSETS", service = "bare"),
    (name = "PURGES", durableObjectNamespace = "Purges"),
  ],
  durableObjectNamespaces = [(className = "Purges", uniqueKey = "purges", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),
  cacheApiOutbound = "nothing",
);

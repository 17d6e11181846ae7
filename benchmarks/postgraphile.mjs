// The peer's server: PostGraphile 5, a role and settings for each request. Prints its port.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const config = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const require = createRequire(path.join(config.modules, "package.json"));
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { PostGraphileAmberPreset } = await load("postgraphile/presets/amber");
const { postgraphile } = await load("postgraphile");
const { makePgService } = await load("postgraphile/adaptors/pg");
const { grafserv } = await load("postgraphile/grafserv/node");

const preset = {
  extends: [PostGraphileAmberPreset],
  grafserv: { graphiql: false, watch: false },
  grafast: {
    explain: false,
    context: (request) => ({
      pgSettings: {
        role: "bench_reader",
        "bench.organization": config.organization,
        "bench.center": request.node?.req.headers["x-center"] ?? "",
      },
    }),
  },
  gather: {},
  pgServices: [
    makePgService({
      poolConfig: { host: config.host, user: config.user, password: config.password, database: config.database, port: config.port, max: config.connections },
      schemas: ["plain"],
    }),
  ],
};
const pgl = postgraphile(preset);
const serv = pgl.createServ(grafserv);
const server = createServer();
server.on("error", (fault) => { console.error(fault); process.exit(1); });
await serv.addTo(server);
if (config.sdl) {
  const { printSchema } = await load("graphql");
  console.error(printSchema(await pgl.getSchema()));
}
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.on("SIGTERM", () => process.exit(0));
